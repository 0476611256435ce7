// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include <benchmark/benchmark.h>

#include "sql/exec/duck_fixture.h"

namespace kalamdb::sql {
namespace {

using testing::Col;
using types::TypeId;
using types::Value;

struct Setup {
  std::unique_ptr<DuckEngine> engine;
  std::shared_ptr<testing::FakeScope> scope = std::make_shared<testing::FakeScope>();
};

Setup& Shared() {
  static Setup setup = [] {
    Setup s;
    s.engine = DuckEngine::Open({}).value();
    for (const auto& [name, rows] :
         {std::pair<const char*, int64_t>{"t", 10'000}, {"big", 3'000'000}}) {
      auto table = std::make_shared<testing::MemoryTable>(testing::MakeSchema(
          {Col("id", TypeId::kBigInt), Col("name", TypeId::kText), Col("n", TypeId::kInt)}));
      for (int64_t i = 0; i < rows; ++i) {
        table->Add({Value(i), Value("name" + std::to_string(i % 100)), Value(i % 1000)},
                   static_cast<uint64_t>(i + 1));
      }
      s.scope->Put(name, table);
    }
    return s;
  }();
  return setup;
}

void RunQuery(benchmark::State& state, const std::string& sql,
              const std::vector<types::Parameter>& parameters = {}) {
  Setup& setup = Shared();
  const SelectStatement query = testing::ParseSelect(sql);
  std::vector<types::Row> rows;
  size_t count = 0;
  for (auto _ : state) {
    auto result = setup.engine->Query(
        query, {.scope = setup.scope, .parameters = parameters, .cancel = nullptr});
    do {
      if (!result.has_value() || !result->rows->Next(&rows).ok()) {
        std::abort();
      }
      count += rows.size();
    } while (!rows.empty());
  }
  state.counters["rows"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kAvgIterations);
}

void SelectOne(benchmark::State& state) { RunQuery(state, "SELECT 1"); }
void PointSelect(benchmark::State& state) {
  RunQuery(state, "SELECT * FROM t WHERE id = $1",
           {{.value = Value(int64_t{4242}), .type = types::TypeOf(TypeId::kBigInt)}});
}
void CountTenThousand(benchmark::State& state) { RunQuery(state, "SELECT count(*) FROM t"); }
void GroupTenThousand(benchmark::State& state) {
  RunQuery(state, "SELECT name, count(*), sum(n) FROM t GROUP BY name");
}
void GroupThreeMillion(benchmark::State& state) {
  RunQuery(state, "SELECT name, count(*), sum(n) FROM big GROUP BY name");
}
void ReadThreeMillion(benchmark::State& state) { RunQuery(state, "SELECT id, name, n FROM big"); }
void EvaluateTwo(benchmark::State& state) {
  Setup& setup = Shared();
  const std::vector<DuckNodePtr> expressions{testing::ParseExpr("now()"),
                                             testing::ParseExpr("1 + 2")};
  for (auto _ : state) {
    benchmark::DoNotOptimize(setup.engine->Evaluate(
        expressions, {.scope = setup.scope, .parameters = {}, .cancel = nullptr}));
  }
}

BENCHMARK(SelectOne)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(SelectOne)
    ->Unit(benchmark::kMicrosecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Threads(4);
BENCHMARK(PointSelect)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(CountTenThousand)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(GroupTenThousand)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(GroupThreeMillion)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(ReadThreeMillion)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(EvaluateTwo)->Unit(benchmark::kMicrosecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace kalamdb::sql
