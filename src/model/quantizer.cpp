// One flight for each form that is being made. Its work is a task of the quantizer, not of a
// caller, so that callers come and go; the last to go stops it.

#include "muai/model/quantizer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include "model/child_output.h"
#include "model/processors.h"
#include "model/quantized_file.h"
#include "muai/async/event.h"
#include "muai/async/start.h"

namespace muai {

namespace {

constexpr Duration kProgressEvery = std::chrono::milliseconds(250);

using Key = std::pair<std::string, Quantization>;

// Removes what was written of a form when it did not become one.
class PartGuard {
 public:
  explicit PartGuard(std::string path) : path_(std::move(path)) {}
  PartGuard(const PartGuard&) = delete;
  PartGuard& operator=(const PartGuard&) = delete;
  ~PartGuard() { ::unlink(path_.c_str()); }

 private:
  std::string path_;
};

// "[  12/ 291]" of the last line that has it, as a share.
std::optional<double> share_in(std::string_view output) {
  const std::size_t at = output.rfind("\n[");
  if (at == output.npos) return std::nullopt;
  int done = 0;
  int all = 0;
  const std::string line(output.substr(at + 1, 32));
  if (std::sscanf(line.c_str(), "[%d/%d]", &done, &all) != 2 || all <= 0) return std::nullopt;
  return std::clamp(static_cast<double>(done) / all, 0.0, 1.0);
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

struct Quantizer::Rep {
  struct Flight {
    explicit Flight(Loop& loop) : ended(loop) {}

    AsyncEvent ended;
    std::optional<Result<QuantizedFile>> result;
    std::stop_source stop;
    std::list<std::function<void(double)>> listeners;  // one for each caller, perhaps empty
    StartedTask task;

    void tell(double share) const {
      for (const auto& listener : listeners) {
        if (listener) listener(share);
      }
    }
  };

  // A caller that waits; the last to go stops the work.
  class Waiter {
   public:
    Waiter(std::shared_ptr<Flight> flight, std::function<void(double)> listener)
        : flight_(std::move(flight)),
          place_(flight_->listeners.insert(flight_->listeners.end(), std::move(listener))) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
      flight_->listeners.erase(place_);
      if (flight_->listeners.empty()) flight_->stop.request_stop();
    }

   private:
    std::shared_ptr<Flight> flight_;
    std::list<std::function<void(double)>>::iterator place_;
  };

  Rep(Spawner& given_spawner, Pool& given_workers, QuantizerOptions given)
      : spawner(given_spawner), workers(given_workers), options(std::move(given)) {}

  Task<Result<std::string>> find_version(std::stop_token stop);
  Task<Result<QuantizePlan>> plan(std::string source, Quantization width, std::stop_token stop);
  Task<Result<QuantizedFile>> make(Key key, Flight& flight);
  Task<Result<void>> run(QuantizePlan plan, Flight& flight);
  ProcessOptions process(std::vector<std::string> arguments) const;
  std::shared_ptr<Flight> join(const Key& key);

  Spawner& spawner;
  Pool& workers;
  QuantizerOptions options;
  std::string version;  // of the program; empty before it was asked
  std::map<Key, std::shared_ptr<Flight>> flights;
};

ProcessOptions Quantizer::Rep::process(std::vector<std::string> arguments) const {
  ProcessOptions process;
  process.argv = std::move(arguments);
  process.argv.insert(process.argv.begin(), options.program);
  process.environment = {{"OMP_WAIT_POLICY", "PASSIVE"}, {"LC_ALL", "C"}};
  process.inherited_environment = options.inherited_environment;
  process.limits.grace = std::chrono::milliseconds(200);
  return process;
}

// The program has no question for its version, and says it whenever it gets to work: also on a
// file that does not exist.
Task<Result<std::string>> Quantizer::Rep::find_version(std::stop_token stop) {
  if (!version.empty()) co_return version;
  if (options.program.empty()) {
    co_return fail(ErrorCode::ModelUnavailable,
                   "no llama-quantize was found: install llama.cpp's tools to quantise models");
  }
  ProcessOptions asking = process({"/nonexistent.gguf", "/nonexistent.gguf", "Q8_0", "1"});
  MUAI_CO_TRY(const ProcessOutput said, co_await spawner.run(std::move(asking), std::move(stop)));
  version = version_in(said.out + "\n" + said.err);
  if (version.empty()) version = "unknown";
  co_return version;
}

Task<Result<QuantizePlan>> Quantizer::Rep::plan(std::string source, Quantization width,
                                                std::stop_token stop) {
  MUAI_CO_TRY(std::string made_by, co_await find_version(stop));
  auto work = [from = std::move(source), width, folder = options.folder, by = std::move(made_by),
               stop]() mutable {
    return plan_quantizing(std::move(from), width, std::move(folder), std::move(by), stop);
  };
  Result<QuantizePlan> planned = co_await on_pool(workers, std::move(work), stop);
  co_return planned;
}

Task<Result<void>> Quantizer::Rep::run(QuantizePlan plan, Flight& flight) {
  const int threads = options.threads > 0 ? options.threads : half_of_processors();
  ProcessOptions work = process(
      {plan.source, plan.part, std::string(quantized_type(plan.width)), std::to_string(threads)});
  work.limits.file_bytes = static_cast<std::uint64_t>(plan.header.file_bytes) * 2;
  MUAI_CO_TRY(ChildProcess child, co_await spawner.launch(std::move(work)));
  const std::stop_callback on_stop(flight.stop.get_token(), [&child] { child.terminate(); });
  Loop& loop = workers.loop();
  while (!child.exit()) {
    std::stop_source tick;
    const TimerId timer = loop.at(loop.now() + kProgressEvery, [tick] { tick.request_stop(); });
    const Result<ProcessExit> ended = co_await child.wait(tick.get_token());
    loop.cancel(timer);
    if (const auto share = share_in(child.output_tail())) flight.tell(*share);
  }
  if (flight.stop.stop_requested()) co_return cancelled();
  if (*child.exit() != ProcessExit{}) {
    const std::string output = child.output_tail();
    co_return fail(tells_of_memory(output) ? ErrorCode::OutOfMemory : ErrorCode::ModelUnavailable,
                   fmt::format("llama-quantize could not make the {} form of '{}' and {}",
                               quantized_type(plan.width), plan.source, last_words(output)));
  }
  co_return Result<void>{};
}

Task<Result<QuantizedFile>> Quantizer::Rep::make(Key key, Flight& flight) {
  Loop& loop = workers.loop();
  const TimePoint begin = loop.now();
  const std::stop_token stop = flight.stop.get_token();
  MUAI_CO_TRY(const QuantizePlan planned, co_await plan(key.first, key.second, stop));
  if (planned.is_there) {
    auto read = [path = planned.target] { return read_gguf_header(path); };
    Result<GgufHeader> header = co_await on_pool(workers, std::move(read), stop);
    if (header) co_return QuantizedFile{planned.target, *std::move(header), true, 0};
    if (header.error().code() == ErrorCode::Cancelled) co_return pass(std::move(header));
    // Not whole any more: made anew, in its place.
  }
  auto prepare = [planned] { return prepare_quantizing(planned); };
  MUAI_CO_TRY_VOID(co_await on_pool(workers, std::move(prepare), stop));
  const PartGuard guard(planned.part);
  MUAI_CO_TRY_VOID(co_await run(planned, flight));
  auto accept = [planned] { return accept_quantized(planned); };
  MUAI_CO_TRY(GgufHeader header, co_await on_pool(workers, std::move(accept), stop));
  flight.tell(1);
  co_return QuantizedFile{planned.target, std::move(header), false, seconds(loop.now() - begin)};
}

// The flight of `key`, begun if there is none.
std::shared_ptr<Quantizer::Rep::Flight> Quantizer::Rep::join(const Key& key) {
  std::shared_ptr<Flight>& flight = flights[key];
  if (flight) return flight;
  flight = std::make_shared<Flight>(workers.loop());
  const std::shared_ptr<Flight> joined = flight;
  joined->task = start(make(key, *joined), [this, key](Outcome<Result<QuantizedFile>> outcome) {
    const std::shared_ptr<Flight> ended = flights.extract(key).mapped();
    ended->result = std::move(outcome).take();
    ended->ended.set();
  });
  return joined;
}

Quantizer::Quantizer(Spawner& spawner, Pool& workers, QuantizerOptions options)
    : rep_(std::make_unique<Rep>(spawner, workers, std::move(options))) {}

Quantizer::~Quantizer() = default;

Task<Result<QuantizedFile>> Quantizer::quantize(std::string source, Quantization width,
                                                QuantizeJob job) {
  if (width == Quantization::None) {
    co_return fail(ErrorCode::InvalidInput, "quantise to 8bit or 4bit");
  }
  for (;;) {
    const std::shared_ptr<Rep::Flight> flight = rep_->join({source, width});
    if (flight->stop.stop_requested()) {
      // All who wanted it gave up, and it has not ended yet.
      MUAI_CO_TRY_VOID(co_await flight->ended.wait(job.stop));
      continue;
    }
    const Rep::Waiter waiter(flight, job.on_progress);
    MUAI_CO_TRY_VOID(co_await flight->ended.wait(job.stop));
    co_return *flight->result;
  }
}

Task<Result<QuantizedFile>> Quantizer::find(std::string source, Quantization width,
                                            std::stop_token stop) {
  MUAI_CO_TRY(const QuantizePlan planned, co_await rep_->plan(std::move(source), width, stop));
  if (!planned.is_there) co_return QuantizedFile{};
  auto read = [path = planned.target] { return read_gguf_header(path); };
  MUAI_CO_TRY(GgufHeader header, co_await on_pool(rep_->workers, std::move(read), stop));
  co_return QuantizedFile{planned.target, std::move(header), true, 0};
}

}  // namespace muai
