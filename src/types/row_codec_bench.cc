// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "types/coerce.h"
#include "types/json_codec.h"
#include "types/key_codec.h"
#include "types/row_codec.h"

namespace kalamdb::types {
namespace {

// A chat message: the row that most of our workloads store.
Schema MessageSchema() {
  Schema schema;
  const std::vector<std::pair<std::string, TypeId>> columns = {
      {"id", TypeId::kBigInt},        {"conversation", TypeId::kText},
      {"author", TypeId::kText},      {"body", TypeId::kText},
      {"score", TypeId::kDouble},     {"is_read", TypeId::kBoolean},
      {"sent_at", TypeId::kTimestamp}};
  for (const auto& [name, id] : columns) {
    Column& column = schema.columns.emplace_back();
    column.id = static_cast<uint32_t>(schema.columns.size());
    column.name = name;
    column.type = TypeOf(id);
  }
  schema.key = {0};
  return schema;
}

Row Message() {
  return {Value(int64_t{7'212'345'678'901'234}),
          Value("conversation-42"),
          Value("alice"),
          Value("The quick brown fox said \"jumps over the lazy dog\" and then left the room."),
          Value(0.8731),
          Value(true),
          Value(int64_t{1'777'902'000'000'000})};
}

std::string MessageBytes() {
  std::string bytes;
  EncodeRow(MessageSchema(), Message(), false, &bytes);
  return bytes;
}

void BenchEncodeRow(benchmark::State& state) {
  const Schema schema = MessageSchema();
  const Row row = Message();
  std::string out;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    EncodeRow(schema, row, false, &out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BenchEncodeRow);

void BenchOpenAndReadThreeColumns(benchmark::State& state) {
  const std::vector<Schema> versions = {MessageSchema()};
  const TableLayout layout(versions);
  const std::string bytes = MessageBytes();
  for ([[maybe_unused]] auto _ : state) {
    const RowView view = RowView::Open(layout, bytes).value();
    benchmark::DoNotOptimize(view.Int(0) + view.Int(6));
    benchmark::DoNotOptimize(view.Bytes(3));
  }
}
BENCHMARK(BenchOpenAndReadThreeColumns);

void BenchToRow(benchmark::State& state) {
  const std::vector<Schema> versions = {MessageSchema()};
  const TableLayout layout(versions);
  const std::string bytes = MessageBytes();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(RowView::Open(layout, bytes).value().ToRow());
  }
}
BENCHMARK(BenchToRow);

void BenchRowToJson(benchmark::State& state) {
  const std::vector<Schema> versions = {MessageSchema()};
  const TableLayout layout(versions);
  const std::string bytes = MessageBytes();
  std::string out;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    const RowView view = RowView::Open(layout, bytes).value();
    for (size_t i = 0; i < versions[0].columns.size(); ++i) {
      AppendJsonColumn(view, i, versions[0].columns[i].type, &out);
    }
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BenchRowToJson);

void BenchJsonLongString(benchmark::State& state) {
  const std::string text(4096, 'a');
  std::string out;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    AppendJsonString(text, &out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(BenchJsonLongString);

void BenchCleanUtf8(benchmark::State& state) {
  const std::string text(4096, 'a');
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(IsCleanUtf8(text));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(BenchCleanUtf8);

void BenchPrimaryKey(benchmark::State& state) {
  Schema schema = MessageSchema();
  schema.key = {1, 0};
  const Row row = Message();
  std::string out;
  for ([[maybe_unused]] auto _ : state) {
    out.clear();
    AppendPrimaryKey(schema, row, &out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BenchPrimaryKey);

void BenchCoerceRow(benchmark::State& state) {
  const Schema schema = MessageSchema();
  const Row row = Message();
  for ([[maybe_unused]] auto _ : state) {
    for (size_t i = 0; i < row.size(); ++i) {
      benchmark::DoNotOptimize(CoerceToColumn(row[i], schema.columns[i].type, schema.columns[i]));
    }
  }
}
BENCHMARK(BenchCoerceRow);

}  // namespace
}  // namespace kalamdb::types
