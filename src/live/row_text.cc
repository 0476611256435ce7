// SPDX-License-Identifier: Apache-2.0
#include "live/row_text.h"

#include <algorithm>
#include <utility>

#include "sql/exec/direct_select.h"
#include "types/json_codec.h"

namespace kalamdb::live {

using types::RowView;
using types::SystemColumn;

namespace {

// Writes the members of one object.
class ObjectText {
 public:
  explicit ObjectText(std::string* out) : out_(out) { *out_ += '{'; }
  ~ObjectText() { *out_ += '}'; }
  ObjectText(const ObjectText&) = delete;
  ObjectText& operator=(const ObjectText&) = delete;
  std::string* Member(const std::string& prefix) {
    *out_ += is_first_ ? "" : ",";
    is_first_ = false;
    *out_ += prefix;
    return out_;
  }

 private:
  std::string* out_;
  bool is_first_ = true;
};

bool HasSameValue(const RowView& a, const RowView& b, size_t column) {
  const bool is_null = a.IsNull(column);
  return is_null == b.IsNull(column) && (is_null || a.ToValue(column) == b.ToValue(column));
}

}  // namespace

void RowText::Add(std::string_view name, Item item) {
  types::AppendJsonString(name, &item.prefix);
  item.prefix += ':';
  signature_ += item.prefix;
  signature_ += item.system.has_value() ? "s" + std::to_string(static_cast<int>(*item.system))
                                        : std::to_string(item.column);
  signature_ += ',';
  items_.push_back(std::move(item));
}

StatusOr<RowText> RowText::Bind(const types::Schema& schema,
                                const std::vector<sql::SelectItem>& items) {
  RowText text;
  KALAMDB_ASSIGN_OR_RETURN(const sql::RowProjection listed,
                           sql::RowProjection::Bind(schema, items));
  text.columns_ = listed.columns();
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, Item item) -> Status {
    if (std::ranges::find(names, name) != names.end()) {
      return InvalidSql("column \"" + name + "\" is listed twice");
    }
    names.push_back(name);
    text.Add(name, std::move(item));
    return {};
  };
  const auto stored = [&](size_t position) {
    return Item{.prefix = {},
                .system = {},
                .column = position,
                .type = schema.columns[position].type,
                .is_key = schema.IsKey(position)};
  };
  const auto computed = [](SystemColumn system) {
    return Item{.prefix = {}, .system = system, .column = 0, .type = {}, .is_key = false};
  };
  for (const sql::SelectItem& item : items) {
    if (item.is_star) {
      for (size_t i = 0; i < schema.columns.size(); ++i) {
        if (!schema.columns[i].is_hidden) {
          KALAMDB_RETURN_IF_ERROR(add(schema.columns[i].name, stored(i)));
        }
      }
      KALAMDB_RETURN_IF_ERROR(add(std::string(types::kSeqName), computed(SystemColumn::kSeq)));
      KALAMDB_RETURN_IF_ERROR(
          add(std::string(types::kDeletedName), computed(SystemColumn::kDeleted)));
    } else if (const auto position = schema.Find(item.column); position.has_value()) {
      KALAMDB_RETURN_IF_ERROR(
          add(item.output_name.empty() ? schema.columns[*position].name : item.output_name,
              stored(*position)));
    } else {
      const auto system = types::FindSystemColumn(item.column);
      if (system == SystemColumn::kSeq && !item.output_name.empty() &&
          !types::EqualsIgnoreCase(item.output_name, types::kSeqName)) {
        return Error(InvalidSql("_seq keeps its name in a live query"));
      }
      KALAMDB_RETURN_IF_ERROR(add(system == SystemColumn::kSeq ? std::string(types::kSeqName)
                                  : item.output_name.empty()   ? item.column
                                                               : item.output_name,
                                  computed(*system)));
    }
  }
  for (const uint32_t key : schema.key) {
    const bool is_listed = std::ranges::any_of(text.items_, [&](const Item& item) {
      return !item.system.has_value() && item.column == key;
    });
    if (!is_listed) {
      KALAMDB_RETURN_IF_ERROR(add(schema.columns[key].name, stored(key)));
    }
  }
  if (std::ranges::find(names, types::kSeqName) == names.end()) {
    KALAMDB_RETURN_IF_ERROR(add(std::string(types::kSeqName), computed(SystemColumn::kSeq)));
  }
  return text;
}

void RowText::AppendSystem(SystemColumn system, CommitSeq seq, bool is_deleted,
                           std::string* out) const {
  switch (system) {
    case SystemColumn::kSeq:
      *out += '"' + std::to_string(seq.value) + '"';
      break;
    case SystemColumn::kDeleted:
      *out += is_deleted ? "true" : "false";
      break;
    case SystemColumn::kUpdated:
      *out += std::to_string(SeqTimeMicros(seq));
      break;
  }
}

void RowText::AppendRow(const RowView& row, CommitSeq seq, std::string* out) const {
  ObjectText object(out);
  for (const Item& item : items_) {
    std::string* at = object.Member(item.prefix);
    if (item.system.has_value()) {
      AppendSystem(*item.system, seq, false, at);
    } else {
      types::AppendJsonColumn(row, item.column, item.type, at);
    }
  }
}

void RowText::AppendNew(const RowView& row, CommitSeq seq, std::string* out) const {
  ObjectText object(out);
  for (const Item& item : items_) {
    if (item.system.has_value()) {
      if (*item.system != SystemColumn::kDeleted) {
        AppendSystem(*item.system, seq, false, object.Member(item.prefix));
      }
    } else if (!row.IsNull(item.column)) {
      types::AppendJsonColumn(row, item.column, item.type, object.Member(item.prefix));
    }
  }
}

void RowText::AppendOld(const RowView& old_row, CommitSeq old_seq, const RowView& row,
                        std::string* out) const {
  ObjectText object(out);
  for (const Item& item : items_) {
    if (item.system.has_value()) {
      if (*item.system == SystemColumn::kSeq) {
        AppendSystem(*item.system, old_seq, false, object.Member(item.prefix));
      }
    } else if (item.is_key || !HasSameValue(old_row, row, item.column)) {
      types::AppendJsonColumn(old_row, item.column, item.type, object.Member(item.prefix));
    }
  }
}

void RowText::AppendGone(const RowView& row, CommitSeq seq, std::string* out) const {
  ObjectText object(out);
  for (const Item& item : items_) {
    std::string* at = object.Member(item.prefix);
    if (item.system.has_value()) {
      AppendSystem(*item.system, seq, true, at);
    } else {
      types::AppendJsonColumn(row, item.column, item.type, at);
    }
  }
}

void RowText::AppendGoneKey(const RowView& row, CommitSeq seq, std::string* out) const {
  ObjectText object(out);
  for (const Item& item : items_) {
    if (item.system.has_value()) {
      AppendSystem(*item.system, seq, true, object.Member(item.prefix));
    } else if (item.is_key) {
      types::AppendJsonColumn(row, item.column, item.type, object.Member(item.prefix));
    }
  }
}

}  // namespace kalamdb::live
