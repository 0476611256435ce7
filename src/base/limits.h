// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// Every bound of the server that is not a setting, with what happens at it.
namespace kalamdb::limits {

// SQL text of one request, bytes. Beyond: INVALID_SQL.
constexpr size_t kSqlBytesMax = 1u << 20;
// Statements in one request. Beyond: INVALID_SQL.
constexpr size_t kStatementsMax = 10'000;
// Nesting of parentheses in a statement. Beyond: INVALID_SQL, before any recursive parser sees it.
constexpr size_t kNestingMax = 500;
// Parameters of one request and bytes of each. Beyond: INVALID_PARAMETER.
constexpr size_t kParametersMax = 50;
constexpr size_t kParameterBytesMax = 524'288;
// Joins of a statement: the time to order them grows faster than their number. Beyond: INVALID_SQL.
constexpr uint32_t kJoinsMax = 60;
// Bytes of a namespace, table or column name. Beyond: the CREATE is refused.
constexpr size_t kNameBytesMax = 64;
// Columns of a table. Beyond: the CREATE is refused.
constexpr size_t kColumnsMax = 1'000;
// Bytes of a user id. Beyond: the CREATE USER or login is refused.
constexpr size_t kUserIdBytesMax = 128;
// Encoded bytes of one row. Beyond: the INSERT or UPDATE is refused.
constexpr size_t kRowBytesMax = 16u << 20;
// Encoded bytes of a primary key. Beyond: the INSERT is refused.
constexpr size_t kKeyBytesMax = 4'096;
// Rows changed by one statement. Beyond: the statement is refused, nothing is written.
constexpr size_t kStatementRowsMax = 5'000'000;
// Encoded bytes staged by one statement or transaction. Beyond: refused, nothing is written.
constexpr size_t kTransactionBytesMax = 100u << 20;
// Commits waiting for the commit thread. Beyond: writers wait.
constexpr size_t kCommitQueueMax = 65'536;
// Commits written and synced together.
constexpr size_t kCommitGroupMax = 1'024;
// JSON bytes that the results of a batch of several statements may hold. Beyond: the request fails
// with RESOURCE_EXHAUSTED; a single statement streams and has no such limit.
constexpr size_t kBatchResultBytesMax = 256u << 20;
// Requests waiting for a worker. Beyond: 503.
constexpr size_t kWorkerQueueMax = 16'384;
// Verified tokens remembered. At the bound the table is emptied.
constexpr size_t kTokenCacheMax = 10'000;
// Jobs that wait, run or wait for another attempt. Beyond: no further job is accepted.
constexpr size_t kActiveJobsMax = 100'000;
// Finished jobs remembered. Beyond: the oldest are forgotten, whatever jobs.retention_days says.
constexpr size_t kFinishedJobsMax = 10'000;
// Bytes of each text of a job. Beyond: parameters are refused, messages cut, results left out.
constexpr size_t kJobTextBytesMax = 64u << 10;
// Failed attempts of a job that its trace keeps. Beyond: the oldest are dropped.
constexpr size_t kJobTraceMax = 10;
// Parsed statements remembered per worker pool. At the bound the table is emptied.
constexpr size_t kPlanCacheMax = 10'000;
// Bytes from which a message of a live query is compressed.
constexpr size_t kLiveGzipBytesMin = 512;
// Bytes of a subscription's id. Beyond: INVALID_SUBSCRIPTION_ID.
constexpr size_t kSubscriptionIdBytesMax = 256;
// Nesting of a MessagePack message. Beyond: it is refused.
constexpr int kMessagePackDepthMax = 128;
// Elements of an EMBEDDING column.
constexpr uint32_t kEmbeddingMax = 8'192;

}  // namespace kalamdb::limits
