// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every word that means something to our grammar, to the engine's parser (third_party/libpg_query,
// kwlist.hpp of DuckDB 1.4.4) or to PostgreSQL 16 (appendix C of its manual), in alphabetic order.
//   kReserved  PostgreSQL never takes it as a column name
//   kQuote     a column name in PostgreSQL, but not in the engine's parser: quoted by the dialect
//   kEngine    a keyword of the engine that may be a name, but not an alias without AS
//   kNone      the rest
#define KALAMDB_SQL_KEYWORDS(X) \
  X(kAbort, "abort", kEngine) X(kAbsolute, "absolute", kEngine) X(kAccess, "access", kEngine) \
  X(kAck, "ack", kNone) X(kAction, "action", kEngine) X(kAdd, "add", kEngine) \
  X(kAdmin, "admin", kEngine) X(kAfter, "after", kEngine) X(kAggregate, "aggregate", kEngine) \
  X(kAll, "all", kReserved) X(kAlso, "also", kEngine) X(kAlter, "alter", kEngine) \
  X(kAlways, "always", kEngine) X(kAnalyse, "analyse", kReserved) \
  X(kAnalyze, "analyze", kReserved) X(kAnd, "and", kReserved) X(kAnti, "anti", kQuote) \
  X(kAny, "any", kReserved) X(kArray, "array", kReserved) X(kAs, "as", kReserved) \
  X(kAsc, "asc", kReserved) X(kAsof, "asof", kQuote) X(kAssertion, "assertion", kEngine) \
  X(kAssignment, "assignment", kEngine) X(kAsymmetric, "asymmetric", kReserved) \
  X(kAt, "at", kQuote) X(kAttach, "attach", kEngine) X(kAttribute, "attribute", kEngine) \
  X(kAuthorization, "authorization", kReserved) X(kAutoIncrement, "auto_increment", kNone) \
  X(kAutoincrement, "autoincrement", kNone) X(kBackup, "backup", kNone) \
  X(kBackward, "backward", kEngine) X(kBaseDirectory, "base_directory", kNone) \
  X(kBefore, "before", kEngine) X(kBegin, "begin", kEngine) X(kBetween, "between", kEngine) \
  X(kBigint, "bigint", kEngine) X(kBigserial, "bigserial", kNone) \
  X(kBinary, "binary", kReserved) X(kBit, "bit", kEngine) X(kBoolean, "boolean", kEngine) \
  X(kBoth, "both", kReserved) X(kBucket, "bucket", kNone) X(kBy, "by", kQuote) \
  X(kCache, "cache", kEngine) X(kCall, "call", kEngine) X(kCalled, "called", kEngine) \
  X(kCascade, "cascade", kEngine) X(kCascaded, "cascaded", kEngine) X(kCase, "case", kReserved) \
  X(kCast, "cast", kReserved) X(kCatalog, "catalog", kEngine) \
  X(kCenturies, "centuries", kEngine) X(kCentury, "century", kEngine) \
  X(kChain, "chain", kEngine) X(kChar, "char", kEngine) X(kCharacter, "character", kEngine) \
  X(kCharacteristics, "characteristics", kEngine) X(kCheck, "check", kReserved) \
  X(kCheckpoint, "checkpoint", kEngine) X(kClass, "class", kEngine) X(kClear, "clear", kNone) X(kClose, "close", kEngine) \
  X(kCluster, "cluster", kEngine) X(kCoalesce, "coalesce", kEngine) \
  X(kCollate, "collate", kReserved) X(kCollation, "collation", kReserved) \
  X(kColumn, "column", kReserved) X(kColumns, "columns", kNone) X(kCombined, "combined", kNone) \
  X(kComment, "comment", kEngine) X(kComments, "comments", kEngine) \
  X(kCommit, "commit", kEngine) X(kCommitted, "committed", kEngine) \
  X(kCompact, "compact", kNone) X(kCompression, "compression", kEngine) \
  X(kConcurrently, "concurrently", kReserved) X(kConfig, "config", kNone) \
  X(kConfiguration, "configuration", kEngine) X(kConflict, "conflict", kEngine) \
  X(kConnection, "connection", kEngine) X(kConstraint, "constraint", kReserved) \
  X(kConstraints, "constraints", kEngine) X(kConsume, "consume", kNone) \
  X(kContent, "content", kEngine) X(kContinue, "continue", kEngine) \
  X(kConversion, "conversion", kEngine) X(kCopy, "copy", kEngine) X(kCost, "cost", kEngine) \
  X(kCreate, "create", kReserved) X(kCredentials, "credentials", kNone) \
  X(kCross, "cross", kReserved) X(kCsv, "csv", kEngine) X(kCube, "cube", kEngine) \
  X(kCurrent, "current", kEngine) X(kCurrentCatalog, "current_catalog", kReserved) \
  X(kCurrentDate, "current_date", kReserved) X(kCurrentRole, "current_role", kReserved) \
  X(kCurrentSchema, "current_schema", kReserved) X(kCurrentTime, "current_time", kReserved) \
  X(kCurrentTimestamp, "current_timestamp", kReserved) \
  X(kCurrentUser, "current_user", kReserved) X(kCursor, "cursor", kEngine) \
  X(kCycle, "cycle", kEngine) X(kData, "data", kEngine) X(kDatabase, "database", kEngine) \
  X(kDay, "day", kEngine) X(kDays, "days", kEngine) X(kDeallocate, "deallocate", kEngine) \
  X(kDec, "dec", kEngine) X(kDecade, "decade", kEngine) X(kDecades, "decades", kEngine) \
  X(kDecimal, "decimal", kEngine) X(kDeclare, "declare", kEngine) \
  X(kDefault, "default", kReserved) X(kDefaults, "defaults", kEngine) \
  X(kDeferrable, "deferrable", kReserved) X(kDeferred, "deferred", kEngine) \
  X(kDefiner, "definer", kEngine) X(kDelete, "delete", kEngine) \
  X(kDelimiter, "delimiter", kEngine) X(kDelimiters, "delimiters", kEngine) \
  X(kDepends, "depends", kEngine) X(kDesc, "desc", kReserved) X(kDescribe, "describe", kQuote) \
  X(kDescription, "description", kNone) X(kDetach, "detach", kEngine) \
  X(kDictionary, "dictionary", kEngine) X(kDisable, "disable", kEngine) \
  X(kDiscard, "discard", kEngine) X(kDistinct, "distinct", kReserved) X(kDo, "do", kReserved) \
  X(kDocument, "document", kEngine) X(kDomain, "domain", kEngine) X(kDouble, "double", kEngine) \
  X(kDrop, "drop", kEngine) X(kEach, "each", kEngine) X(kElse, "else", kReserved) \
  X(kEmail, "email", kNone) X(kEnable, "enable", kEngine) X(kEncoding, "encoding", kEngine) \
  X(kEncrypted, "encrypted", kEngine) X(kEnd, "end", kReserved) X(kEnum, "enum", kEngine) \
  X(kEphemeral, "ephemeral", kNone) X(kError, "error", kEngine) X(kEscape, "escape", kEngine) \
  X(kEvent, "event", kEngine) X(kExcept, "except", kReserved) X(kExclude, "exclude", kEngine) \
  X(kExcluded, "excluded", kNone) X(kExcluding, "excluding", kEngine) \
  X(kExclusive, "exclusive", kEngine) X(kExecute, "execute", kEngine) \
  X(kExists, "exists", kEngine) X(kExplain, "explain", kEngine) X(kExport, "export", kEngine) \
  X(kExportState, "export_state", kEngine) X(kExtension, "extension", kEngine) \
  X(kExtensions, "extensions", kEngine) X(kExternal, "external", kEngine) \
  X(kExtract, "extract", kEngine) X(kFalse, "false", kReserved) X(kFamily, "family", kEngine) \
  X(kFetch, "fetch", kReserved) X(kFilesystem, "filesystem", kNone) \
  X(kFilter, "filter", kEngine) X(kFirst, "first", kEngine) X(kFloat, "float", kEngine) \
  X(kFlush, "flush", kNone) X(kFollowing, "following", kEngine) X(kFor, "for", kReserved) \
  X(kForce, "force", kEngine) X(kForeign, "foreign", kReserved) X(kForward, "forward", kEngine) \
  X(kFreeze, "freeze", kReserved) X(kFrom, "from", kReserved) X(kFull, "full", kReserved) \
  X(kFunction, "function", kEngine) X(kFunctions, "functions", kEngine) \
  X(kGenerated, "generated", kNone) X(kGlob, "glob", kQuote) X(kGlobal, "global", kEngine) \
  X(kGrant, "grant", kReserved) X(kGranted, "granted", kEngine) X(kGroup, "group", kReserved) \
  X(kGrouping, "grouping", kEngine) X(kGroupingId, "grouping_id", kEngine) \
  X(kGroups, "groups", kEngine) X(kHandler, "handler", kEngine) X(kHaving, "having", kReserved) \
  X(kHeader, "header", kEngine) X(kHistory, "history", kNone) X(kHold, "hold", kEngine) \
  X(kHour, "hour", kEngine) X(kHours, "hours", kEngine) X(kIdentity, "identity", kEngine) \
  X(kIf, "if", kEngine) X(kIgnore, "ignore", kEngine) X(kIlike, "ilike", kReserved) \
  X(kImmediate, "immediate", kEngine) X(kImmutable, "immutable", kEngine) \
  X(kImplicit, "implicit", kEngine) X(kImport, "import", kEngine) X(kIn, "in", kReserved) \
  X(kInclude, "include", kEngine) X(kIncluding, "including", kEngine) \
  X(kIncrement, "increment", kEngine) X(kIndex, "index", kEngine) \
  X(kIndexes, "indexes", kEngine) X(kInherit, "inherit", kEngine) \
  X(kInherits, "inherits", kEngine) X(kInitially, "initially", kReserved) \
  X(kInline, "inline", kEngine) X(kInner, "inner", kReserved) X(kInout, "inout", kEngine) \
  X(kInput, "input", kEngine) X(kInsensitive, "insensitive", kEngine) \
  X(kInsert, "insert", kEngine) X(kInstall, "install", kEngine) X(kInstead, "instead", kEngine) \
  X(kInt, "int", kEngine) X(kInteger, "integer", kEngine) X(kInternal, "internal", kNone) \
  X(kIntersect, "intersect", kReserved) X(kInterval, "interval", kEngine) \
  X(kInto, "into", kReserved) X(kInvoker, "invoker", kEngine) X(kIs, "is", kReserved) \
  X(kIsnull, "isnull", kReserved) X(kIsolation, "isolation", kEngine) X(kJob, "job", kNone) \
  X(kJobs, "jobs", kNone) X(kJoin, "join", kReserved) X(kJson, "json", kEngine) \
  X(kKey, "key", kEngine) X(kKill, "kill", kNone) X(kLabel, "label", kEngine) \
  X(kLambda, "lambda", kQuote) X(kLanguage, "language", kEngine) X(kLarge, "large", kEngine) \
  X(kLast, "last", kEngine) X(kLateral, "lateral", kReserved) X(kLeading, "leading", kReserved) \
  X(kLeakproof, "leakproof", kEngine) X(kLeft, "left", kReserved) X(kLevel, "level", kEngine) \
  X(kLike, "like", kReserved) X(kLimit, "limit", kReserved) X(kListen, "listen", kEngine) \
  X(kLive, "live", kNone) X(kLoad, "load", kEngine) X(kLocal, "local", kEngine) \
  X(kLocaltime, "localtime", kReserved) X(kLocaltimestamp, "localtimestamp", kReserved) \
  X(kLocation, "location", kEngine) X(kLock, "lock", kEngine) X(kLocked, "locked", kEngine) \
  X(kLogged, "logged", kEngine) X(kMacro, "macro", kEngine) X(kManifest, "manifest", kNone) \
  X(kMap, "map", kNone) X(kMapping, "mapping", kEngine) X(kMatch, "match", kEngine) \
  X(kMatched, "matched", kEngine) X(kMaterialized, "materialized", kEngine) \
  X(kMaxBuffer, "max_buffer", kNone) X(kMaxvalue, "maxvalue", kEngine) \
  X(kMerge, "merge", kEngine) X(kMethod, "method", kEngine) \
  X(kMicrosecond, "microsecond", kEngine) X(kMicroseconds, "microseconds", kEngine) \
  X(kMillennia, "millennia", kEngine) X(kMillennium, "millennium", kEngine) \
  X(kMillisecond, "millisecond", kEngine) X(kMilliseconds, "milliseconds", kEngine) \
  X(kMinute, "minute", kEngine) X(kMinutes, "minutes", kEngine) \
  X(kMinvalue, "minvalue", kEngine) X(kMode, "mode", kEngine) X(kMonth, "month", kEngine) \
  X(kMonths, "months", kEngine) X(kMove, "move", kEngine) X(kName, "name", kEngine) \
  X(kNames, "names", kEngine) X(kNamespace, "namespace", kNone) \
  X(kNamespaces, "namespaces", kNone) X(kNational, "national", kEngine) \
  X(kNatural, "natural", kReserved) X(kNchar, "nchar", kEngine) X(kNew, "new", kEngine) \
  X(kNext, "next", kEngine) X(kNo, "no", kEngine) X(kNone, "none", kEngine) \
  X(kNot, "not", kReserved) X(kNothing, "nothing", kEngine) X(kNotify, "notify", kEngine) \
  X(kNotnull, "notnull", kReserved) X(kNowait, "nowait", kEngine) X(kNull, "null", kReserved) \
  X(kNullif, "nullif", kEngine) X(kNulls, "nulls", kEngine) X(kNumeric, "numeric", kEngine) \
  X(kOauth, "oauth", kNone) X(kObject, "object", kEngine) X(kOf, "of", kEngine) \
  X(kOff, "off", kEngine) X(kOffset, "offset", kReserved) X(kOids, "oids", kEngine) \
  X(kOld, "old", kEngine) X(kOn, "on", kReserved) X(kOnly, "only", kReserved) \
  X(kOperator, "operator", kEngine) X(kOption, "option", kEngine) \
  X(kOptions, "options", kEngine) X(kOr, "or", kReserved) X(kOrder, "order", kReserved) \
  X(kOrdinality, "ordinality", kEngine) X(kOthers, "others", kEngine) X(kOut, "out", kEngine) \
  X(kOuter, "outer", kReserved) X(kOver, "over", kEngine) X(kOverlaps, "overlaps", kReserved) \
  X(kOverlay, "overlay", kEngine) X(kOverriding, "overriding", kEngine) \
  X(kOwned, "owned", kEngine) X(kOwner, "owner", kEngine) X(kParallel, "parallel", kEngine) \
  X(kParser, "parser", kEngine) X(kPartial, "partial", kEngine) \
  X(kPartition, "partition", kEngine) X(kPartitioned, "partitioned", kEngine) \
  X(kPassing, "passing", kEngine) X(kPassword, "password", kEngine) X(kPath, "path", kNone) \
  X(kPercent, "percent", kEngine) X(kPersistent, "persistent", kEngine) \
  X(kPivot, "pivot", kQuote) X(kPivotLonger, "pivot_longer", kQuote) \
  X(kPivotWider, "pivot_wider", kQuote) X(kPlacing, "placing", kReserved) \
  X(kPlans, "plans", kEngine) X(kPolicy, "policy", kEngine) X(kPosition, "position", kEngine) \
  X(kPositional, "positional", kQuote) X(kPragma, "pragma", kEngine) \
  X(kPreceding, "preceding", kEngine) X(kPrecision, "precision", kEngine) \
  X(kPrepare, "prepare", kEngine) X(kPrepared, "prepared", kEngine) \
  X(kPreserve, "preserve", kEngine) X(kPrimary, "primary", kReserved) \
  X(kPrior, "prior", kEngine) X(kPrivileges, "privileges", kEngine) \
  X(kProcedural, "procedural", kEngine) X(kProcedure, "procedure", kEngine) \
  X(kProgram, "program", kEngine) X(kPublication, "publication", kEngine) \
  X(kQualify, "qualify", kQuote) X(kQuarter, "quarter", kEngine) \
  X(kQuarters, "quarters", kEngine) X(kQuery, "query", kNone) X(kQuote, "quote", kEngine) \
  X(kRange, "range", kEngine) X(kRead, "read", kEngine) X(kReal, "real", kEngine) \
  X(kReassign, "reassign", kEngine) X(kRecheck, "recheck", kEngine) \
  X(kRecursive, "recursive", kEngine) X(kRef, "ref", kEngine) X(kReference, "reference", kNone) \
  X(kReferences, "references", kReserved) X(kReferencing, "referencing", kEngine) \
  X(kRefresh, "refresh", kEngine) X(kRegion, "region", kNone) X(kReindex, "reindex", kEngine) \
  X(kRelative, "relative", kEngine) X(kRelease, "release", kEngine) \
  X(kRename, "rename", kEngine) X(kRepeatable, "repeatable", kEngine) \
  X(kReplace, "replace", kEngine) X(kReplica, "replica", kEngine) X(kReset, "reset", kEngine) \
  X(kRespect, "respect", kEngine) X(kRestart, "restart", kEngine) X(kRestore, "restore", kNone) \
  X(kRestrict, "restrict", kEngine) X(kRetention, "retention", kNone) \
  X(kReturning, "returning", kReserved) X(kReturns, "returns", kEngine) \
  X(kRevoke, "revoke", kEngine) X(kRight, "right", kReserved) X(kRole, "role", kEngine) \
  X(kRoles, "roles", kNone) X(kRollback, "rollback", kEngine) X(kRollup, "rollup", kEngine) \
  X(kRow, "row", kEngine) X(kRowLimit, "row_limit", kNone) X(kRows, "rows", kEngine) \
  X(kRule, "rule", kEngine) X(kSample, "sample", kEngine) X(kSavepoint, "savepoint", kEngine) \
  X(kSchema, "schema", kEngine) X(kSchemas, "schemas", kEngine) X(kScope, "scope", kEngine) \
  X(kScroll, "scroll", kEngine) X(kSearch, "search", kEngine) X(kSecond, "second", kEngine) \
  X(kSeconds, "seconds", kEngine) X(kSecret, "secret", kEngine) \
  X(kSecurity, "security", kEngine) X(kSelect, "select", kReserved) X(kSemi, "semi", kQuote) \
  X(kSequence, "sequence", kEngine) X(kSequences, "sequences", kEngine) \
  X(kSerial, "serial", kNone) X(kSerializable, "serializable", kEngine) \
  X(kServer, "server", kEngine) X(kSession, "session", kEngine) \
  X(kSessionUser, "session_user", kReserved) X(kSet, "set", kEngine) \
  X(kSetof, "setof", kEngine) X(kSets, "sets", kEngine) X(kSettings, "settings", kNone) \
  X(kShare, "share", kEngine) X(kShared, "shared", kNone) \
  X(kSharedTablesTemplate, "shared_tables_template", kNone) X(kShow, "show", kQuote) \
  X(kSimilar, "similar", kReserved) X(kSimple, "simple", kEngine) X(kSkip, "skip", kEngine) \
  X(kSmallint, "smallint", kEngine) X(kSmallserial, "smallserial", kNone) \
  X(kSnapshot, "snapshot", kEngine) X(kSome, "some", kReserved) X(kSorted, "sorted", kEngine) \
  X(kSource, "source", kEngine) X(kSql, "sql", kEngine) X(kStable, "stable", kEngine) \
  X(kStandalone, "standalone", kEngine) X(kStart, "start", kEngine) \
  X(kStatement, "statement", kEngine) X(kStatistics, "statistics", kEngine) \
  X(kStats, "stats", kNone) X(kStdin, "stdin", kEngine) X(kStdout, "stdout", kEngine) \
  X(kStorage, "storage", kEngine) X(kStorages, "storages", kNone) X(kStored, "stored", kEngine) \
  X(kStream, "stream", kNone) X(kStrict, "strict", kEngine) X(kStrip, "strip", kEngine) \
  X(kStruct, "struct", kNone) X(kSubscribe, "subscribe", kNone) \
  X(kSubscription, "subscription", kEngine) X(kSubstring, "substring", kEngine) \
  X(kSummarize, "summarize", kQuote) X(kSymmetric, "symmetric", kReserved) \
  X(kSysid, "sysid", kEngine) X(kSystem, "system", kEngine) \
  X(kSystemUser, "system_user", kReserved) X(kTable, "table", kReserved) \
  X(kTables, "tables", kEngine) X(kTablesample, "tablesample", kReserved) \
  X(kTablespace, "tablespace", kEngine) X(kTarget, "target", kEngine) \
  X(kTblproperties, "tblproperties", kNone) X(kTemp, "temp", kEngine) \
  X(kTemplate, "template", kEngine) X(kTemporary, "temporary", kEngine) \
  X(kText, "text", kEngine) X(kThen, "then", kReserved) X(kTies, "ties", kEngine) \
  X(kTime, "time", kEngine) X(kTimeInterval, "time_interval", kNone) \
  X(kTimestamp, "timestamp", kEngine) X(kTo, "to", kReserved) X(kTopic, "topic", kNone) \
  X(kTrailing, "trailing", kReserved) X(kTransaction, "transaction", kEngine) \
  X(kTransform, "transform", kEngine) X(kTreat, "treat", kEngine) \
  X(kTrigger, "trigger", kEngine) X(kTrim, "trim", kEngine) X(kTrue, "true", kReserved) \
  X(kTruncate, "truncate", kEngine) X(kTrusted, "trusted", kEngine) \
  X(kTryCast, "try_cast", kNone) X(kType, "type", kEngine) X(kTypes, "types", kEngine) \
  X(kUnbounded, "unbounded", kEngine) X(kUncommitted, "uncommitted", kEngine) \
  X(kUnencrypted, "unencrypted", kEngine) X(kUnion, "union", kReserved) \
  X(kUnique, "unique", kReserved) X(kUnknown, "unknown", kEngine) \
  X(kUnlisten, "unlisten", kEngine) X(kUnlogged, "unlogged", kEngine) \
  X(kUnpack, "unpack", kQuote) X(kUnpivot, "unpivot", kQuote) X(kUntil, "until", kEngine) \
  X(kUpdate, "update", kEngine) X(kUpsert, "upsert", kNone) X(kUse, "use", kEngine) \
  X(kUser, "user", kEngine) X(kUserTablesTemplate, "user_tables_template", kNone) \
  X(kUsers, "users", kNone) X(kUsing, "using", kReserved) X(kVacuum, "vacuum", kEngine) \
  X(kValid, "valid", kEngine) X(kValidate, "validate", kEngine) \
  X(kValidator, "validator", kEngine) X(kValue, "value", kEngine) X(kValues, "values", kEngine) \
  X(kVarchar, "varchar", kEngine) X(kVariable, "variable", kEngine) \
  X(kVariadic, "variadic", kReserved) X(kVarying, "varying", kEngine) \
  X(kVerbose, "verbose", kReserved) X(kVersion, "version", kEngine) X(kView, "view", kEngine) \
  X(kViews, "views", kEngine) X(kVirtual, "virtual", kEngine) X(kVolatile, "volatile", kEngine) \
  X(kWeek, "week", kEngine) X(kWeeks, "weeks", kEngine) X(kWhen, "when", kReserved) \
  X(kWhere, "where", kReserved) X(kWhitespace, "whitespace", kEngine) \
  X(kWindow, "window", kReserved) X(kWith, "with", kReserved) X(kWithin, "within", kEngine) \
  X(kWithout, "without", kEngine) X(kWork, "work", kEngine) X(kWrapper, "wrapper", kEngine) \
  X(kWrite, "write", kEngine) X(kXml, "xml", kEngine) \
  X(kXmlattributes, "xmlattributes", kEngine) X(kXmlconcat, "xmlconcat", kEngine) \
  X(kXmlelement, "xmlelement", kEngine) X(kXmlexists, "xmlexists", kEngine) \
  X(kXmlforest, "xmlforest", kEngine) X(kXmlnamespaces, "xmlnamespaces", kEngine) \
  X(kXmlparse, "xmlparse", kEngine) X(kXmlpi, "xmlpi", kEngine) X(kXmlroot, "xmlroot", kEngine) \
  X(kXmlserialize, "xmlserialize", kEngine) X(kXmltable, "xmltable", kEngine) \
  X(kYear, "year", kEngine) X(kYears, "years", kEngine) X(kYes, "yes", kEngine) \
  X(kZone, "zone", kEngine)
