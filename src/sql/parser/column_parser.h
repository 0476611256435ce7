// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/parser/token_cursor.h"

namespace kalamdb::sql {

struct ColumnDefinition {
  types::Column column;  // Without its id.
  bool is_key = false;   // PRIMARY KEY was written beside it.
};

// name type [constraint ...], up to the comma or parenthesis after it.
StatusOr<ColumnDefinition> ParseColumn(TokenCursor& cursor);

// The part after DEFAULT, for a column of `column`'s name and type.
StatusOr<types::ColumnDefault> ParseDefault(TokenCursor& cursor, const types::Column& column);

// The error for a constraint that is not built.
Status RefuseConstraint(std::string_view constraint);

}  // namespace kalamdb::sql
