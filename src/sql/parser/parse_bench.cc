// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <benchmark/benchmark.h>

#include "sql/parser/lexer.h"
#include "sql/parser/parser.h"

namespace kalamdb::sql {
namespace {

void ParseText(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    auto parsed = Parse(text);
    if (!parsed.has_value()) {
      state.SkipWithError(parsed.error().message().c_str());
      break;
    }
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

std::string ManyRows(int rows, int columns, const std::string& last_cell) {
  std::string text = "INSERT INTO t VALUES ";
  for (int row = 0; row < rows; ++row) {
    text += row == 0 ? "(" : ", (";
    for (int column = 1; column < columns; ++column) {
      text += column % 2 == 0 ? "'some text'" : std::to_string(row * 10 + column);
      text += ", ";
    }
    text += last_cell + ")";
  }
  return text;
}

void BM_Insert(benchmark::State& state) {
  ParseText(state, "INSERT INTO app.messages (id, author, body) VALUES (123456, 'ada', 'hello')");
}
BENCHMARK(BM_Insert);

void BM_InsertParameters(benchmark::State& state) {
  ParseText(state, "INSERT INTO app.messages (id, author, body) VALUES ($1, $2, $3)");
}
BENCHMARK(BM_InsertParameters);

// What the fast path does not take.
void BM_InsertReturning(benchmark::State& state) {
  ParseText(state, "INSERT INTO app.messages (id, body) VALUES (123456, 'hello') RETURNING id");
}
BENCHMARK(BM_InsertReturning);

void BM_PointSelect(benchmark::State& state) {
  ParseText(state, "SELECT * FROM app.messages WHERE id = 123456");
}
BENCHMARK(BM_PointSelect);

void BM_Select(benchmark::State& state) {
  ParseText(state,
            "SELECT id, author, body FROM app.messages WHERE author = $1 AND created_at > $2 "
            "ORDER BY created_at DESC LIMIT 50");
}
BENCHMARK(BM_Select);

void BM_SelectRewritten(benchmark::State& state) {
  ParseText(state, "SELECT doc->>'name' FROM app.documents WHERE doc->>'kind' = 'x' AND at > $1");
}
BENCHMARK(BM_SelectRewritten);

void BM_Update(benchmark::State& state) {
  ParseText(state, "UPDATE app.messages SET body = 'changed' WHERE id = 123456");
}
BENCHMARK(BM_Update);

void BM_Delete(benchmark::State& state) {
  ParseText(state, "DELETE FROM app.messages WHERE id = 123456");
}
BENCHMARK(BM_Delete);

void BM_CreateTable(benchmark::State& state) {
  ParseText(state,
            "CREATE USER TABLE app.messages (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), author "
            "TEXT NOT NULL, body TEXT, created_at TIMESTAMP DEFAULT NOW()) WITH (FLUSH_POLICY = "
            "'rows:1000')");
}
BENCHMARK(BM_CreateTable);

void BM_InsertRows(benchmark::State& state) { ParseText(state, ManyRows(1000, 10, "1.5")); }
BENCHMARK(BM_InsertRows)->Unit(benchmark::kMicrosecond);

// One expression sends all rows to the engine's parser.
void BM_InsertRowsByEngine(benchmark::State& state) {
  ParseText(state, ManyRows(1000, 10, "1.5") + " RETURNING *");
}
BENCHMARK(BM_InsertRowsByEngine)->Unit(benchmark::kMicrosecond);

void BM_LexOnly(benchmark::State& state) {
  const std::string text = ManyRows(1000, 10, "1.5");
  for (auto _ : state) {
    benchmark::DoNotOptimize(Lex(text));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(BM_LexOnly)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace kalamdb::sql
