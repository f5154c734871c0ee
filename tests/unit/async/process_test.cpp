#include "muai/async/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

#include "muai/async/asio_loop.h"
#include "muai/async/sleep.h"
#include "muai/async/when_all.h"

namespace muai {
namespace {

using namespace std::literals;

// The product never runs a shell; these tests do, because a shell misbehaves on request.
ProcessOptions shell(std::string script) {
  ProcessOptions options;
  options.argv = {"/bin/sh", "-c", std::move(script)};
  options.environment = {{"PATH", "/usr/bin:/bin"}};
  options.limits.wall = 60s;
  return options;
}

class ProcessTest : public ::testing::Test {
 protected:
  Result<ProcessOutput> run(ProcessOptions options, std::stop_token stop = {}) {
    return loop_.run(spawner_.run(std::move(options), std::move(stop)));
  }

  AsioLoop loop_;
  Spawner spawner_{loop_};
};

bool is_alive(int pid) { return ::kill(pid, 0) == 0; }

// True when the process has gone or is a zombie that its new parent has yet to reap.
bool has_ended(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  if (!(status >> number >> name >> state)) return true;
  return state == "Z" || state == "X";
}

Task<> until_ended(Loop& loop, int pid) {
  while (!has_ended(pid)) {
    const Result<void> slept = co_await sleep_for(loop, 1ms, {});
    if (!slept) co_return;
  }
}

TEST_F(ProcessTest, CarriesInputToOutput) {
  ProcessOptions options;
  options.argv = {"cat"};
  options.search_path = {"relative/ignored", "/nonexistent", "/usr/bin", "/bin"};
  options.input = std::string(1 << 20, 'x') + "\0end"s;
  const std::string expected = options.input;
  const Result<ProcessOutput> output = run(std::move(options));
  ASSERT_TRUE(output) << output.error().to_string();
  EXPECT_EQ(output->exit, ProcessExit{});
  EXPECT_EQ(output->out, expected);
  EXPECT_EQ(output->err, "");
}

TEST_F(ProcessTest, ReportsExitCodeSignalAndStderr) {
  const Result<ProcessOutput> failed = run(shell("echo why >&2; exit 3"));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->exit, (ProcessExit{.code = 3}));
  EXPECT_EQ(failed->err, "why\n");
  const Result<ProcessOutput> killed = run(shell("kill -USR1 $$"));
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->exit.signal, SIGUSR1);
}

TEST_F(ProcessTest, InputThatNobodyReadsIsNoError) {
  ProcessOptions options = shell("exec <&-; echo done");
  options.input = std::string(1 << 20, 'x');
  const Result<ProcessOutput> output = run(std::move(options));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->out, "done\n");
}

TEST_F(ProcessTest, MissingProgramsAndFoldersAreNotFound) {
  ProcessOptions bare;
  bare.argv = {"no-such-program"};
  bare.search_path = {"/usr/bin"};
  EXPECT_EQ(run(bare).error().code(), ErrorCode::NotFound);
  ProcessOptions absolute;
  absolute.argv = {"/no/such/program"};
  EXPECT_EQ(run(absolute).error().code(), ErrorCode::NotFound);
  ProcessOptions folder = shell("true");
  folder.working_directory = "/no/such/folder";
  const Result<ProcessOutput> result = run(folder);
  EXPECT_EQ(result.error().code(), ErrorCode::NotFound);
  EXPECT_NE(result.error().message().find("/no/such/folder"), std::string::npos);
}

TEST_F(ProcessTest, RefusesWhatTheSystemWouldMisread) {
  ProcessOptions none;
  EXPECT_EQ(run(none).error().code(), ErrorCode::InvalidInput);
  ProcessOptions relative;
  relative.argv = {"./program"};
  EXPECT_EQ(run(relative).error().code(), ErrorCode::InvalidInput);
  ProcessOptions nul = shell("true");
  nul.argv.push_back("cut\0here"s);
  EXPECT_EQ(run(nul).error().code(), ErrorCode::InvalidInput);
  ProcessOptions variable = shell("true");
  variable.environment = {{"A=B", "c"}};
  EXPECT_EQ(run(variable).error().code(), ErrorCode::InvalidInput);
}

TEST_F(ProcessTest, PassesOnOnlyTheGivenEnvironment) {
  ::setenv("MUAI_TEST_SHOWN", "shown", 1);
  ::setenv("MUAI_TEST_HIDDEN", "hidden", 1);
  ProcessOptions options;
  options.argv = {"env"};
  options.search_path = {"/usr/bin"};
  options.environment = {{"GIVEN", "a b"}};
  options.inherited_environment = {"MUAI_TEST_SHOWN", "MUAI_TEST_ABSENT"};
  const Result<ProcessOutput> output = run(std::move(options));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->out, "GIVEN=a b\nMUAI_TEST_SHOWN=shown\n");
}

TEST_F(ProcessTest, ChildHasOnlyItsThreeStreamsAndNoNewPrivileges) {
  const int ours = ::dup(0);  // without close-on-exec
  const Result<ProcessOutput> output =
      run(shell("ls /proc/self/fd | wc -l; grep NoNewPrivs /proc/self/status"));
  ::close(ours);
  ASSERT_TRUE(output);
  // 0, 1, 2 and the folder that ls reads.
  EXPECT_EQ(output->out, "4\nNoNewPrivs:\t1\n");
}

TEST_F(ProcessTest, TimeoutKillsAChildThatIgnoresSigterm) {
  ProcessOptions options = shell("trap '' TERM; echo $$; while :; do sleep 0.05; done");
  options.limits.wall = 100ms;
  options.limits.grace = 50ms;
  const Result<ProcessOutput> output = run(std::move(options));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::Timeout);
}

TEST_F(ProcessTest, FloodsOfStdoutAreCutAndReported) {
  ProcessOptions options = shell("exec yes");
  options.limits.stdout_bytes_max = 100'000;
  const Result<ProcessOutput> output = run(std::move(options));
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::LimitExceeded);
  EXPECT_NE(output.error().message().find("100000"), std::string::npos);
}

TEST_F(ProcessTest, FloodsOfStderrAreDroppedWithoutStarvingTheDeadline) {
  ProcessOptions options = shell("yes >&2");
  options.limits.stderr_bytes_max = 10;
  options.limits.wall = 200ms;
  EXPECT_EQ(run(std::move(options)).error().code(), ErrorCode::Timeout);
  ProcessOptions brief = shell("echo 0123456789abcdef >&2");
  brief.limits.stderr_bytes_max = 10;
  const Result<ProcessOutput> output = run(std::move(brief));
  ASSERT_TRUE(output);
  EXPECT_EQ(output->err, "0123456789");
}

TEST_F(ProcessTest, KillsWhatAChildLeavesBehind) {
  // The orphan holds stdout open: waiting for end of file would take a minute.
  const Result<ProcessOutput> output = run(shell("sleep 60 & echo $!"));
  ASSERT_TRUE(output);
  const int orphan = std::atoi(output->out.c_str());
  ASSERT_GT(orphan, 0);
  loop_.run(until_ended(loop_, orphan));
  EXPECT_TRUE(has_ended(orphan));
}

TEST_F(ProcessTest, KernelLimitsAreLimitExceeded) {
  ProcessOptions cpu = shell("while :; do :; done");
  cpu.limits.cpu = 1s;
  EXPECT_EQ(run(std::move(cpu)).error().code(), ErrorCode::LimitExceeded);
  char folder[] = "/tmp/muai_process_XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  ProcessOptions file = shell("exec head -c 100000 /dev/zero > big");
  file.working_directory = folder;
  file.limits.file_bytes = 1000;
  EXPECT_EQ(run(std::move(file)).error().code(), ErrorCode::LimitExceeded);
  ::unlink((std::string(folder) + "/big").c_str());
  ::rmdir(folder);
}

TEST_F(ProcessTest, AddressSpaceIsBounded) {
  ProcessOptions options =
      shell("exec head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null");
  options.limits.address_space_bytes = 64 << 20;
  const Result<ProcessOutput> output = run(std::move(options));
  ASSERT_TRUE(output);
  EXPECT_NE(output->exit.code, 0);
}

TEST_F(ProcessTest, StopEndsTheChild) {
  std::stop_source stop;
  loop_.at(loop_.now() + 20ms, [&] { stop.request_stop(); });
  const Result<ProcessOutput> output = run(shell("sleep 60"), stop.get_token());
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(run(shell("true"), stop.get_token()).error().code(), ErrorCode::Cancelled);
}

TEST_F(ProcessTest, ManyRunAtOnceAndLeaveNoZombies) {
  std::vector<Task<Result<ProcessOutput>>> tasks;
  for (int i = 0; i < 20; ++i) {
    tasks.push_back(spawner_.run(shell("echo " + std::to_string(i)), {}));
  }
  const auto outputs = loop_.run(when_all(loop_, std::move(tasks)));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    ASSERT_TRUE(outputs[i]);
    EXPECT_EQ(outputs[i]->out, std::to_string(i) + "\n");
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no children at all
}

TEST_F(ProcessTest, LongLivedChildIsWaitedForAndKeepsItsTail) {
  ProcessOptions options = shell("for i in 1 2 3; do echo line $i; done; echo last >&2; exit 4");
  options.limits.stderr_bytes_max = 12;
  Result<ChildProcess> child = loop_.run(spawner_.launch(std::move(options)));
  ASSERT_TRUE(child);
  const Result<ProcessExit> exit = loop_.run(child->wait({}));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 4);
  EXPECT_EQ(child->exit(), *exit);
  EXPECT_EQ(child->output_tail().size(), 12u);
}

TEST_F(ProcessTest, TerminateLetsAChildEndInItsOwnWay) {
  ProcessOptions options =
      shell("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.01; done");
  options.limits.grace = 30s;
  Result<ChildProcess> child = loop_.run(spawner_.launch(std::move(options)));
  ASSERT_TRUE(child);
  EXPECT_TRUE(is_alive(child->pid()));
  EXPECT_FALSE(child->exit());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(loop_.run(child->wait(stop.get_token())).error().code(), ErrorCode::Cancelled);
  while (child->output_tail() != "up\n") {
    static_cast<void>(loop_.run(sleep_for(loop_, 1ms, {})));
  }
  child->terminate();
  const Result<ProcessExit> exit = loop_.run(child->wait({}));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 7);
  EXPECT_TRUE(child->output_tail().contains("bye\n"));
}

TEST_F(ProcessTest, DroppedChildIsKilled) {
  int pid = 0;
  {
    Result<ChildProcess> child = loop_.run(spawner_.launch(shell("trap '' TERM; sleep 60")));
    ASSERT_TRUE(child);
    pid = child->pid();
  }
  loop_.run(until_ended(loop_, pid));
  EXPECT_TRUE(has_ended(pid));
}

TEST_F(ProcessTest, LaunchReportsWhatCannotStart) {
  ProcessOptions options;
  options.argv = {"/no/such/server"};
  const Result<ChildProcess> child = loop_.run(spawner_.launch(std::move(options)));
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code(), ErrorCode::NotFound);
}

// Starts a child, writes its number to `path`, and dies without a chance to clean up.
[[noreturn]] void launch_and_die(const std::string& path) {
  AsioLoop loop;
  Spawner spawner(loop);
  const Result<ChildProcess> child = loop.run(spawner.launch(shell("exec sleep 60")));
  if (child) std::ofstream(path) << child->pid() << std::endl;
  ::raise(SIGKILL);
  std::abort();
}

TEST(SpawnerDeathTest, ChildrenDieWithUsEvenWhenWeAreKilled) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  // The statement runs in a child of ours that begins this test anew.
  const int owner = ::testing::internal::InDeathTestChild() ? ::getppid() : ::getpid();
  const std::string path = ::testing::TempDir() + "/muai_child_of_" + std::to_string(owner);
  ::unlink(path.c_str());
  EXPECT_EXIT(launch_and_die(path), ::testing::KilledBySignal(SIGKILL), "");
  int pid = 0;
  std::ifstream(path) >> pid;
  ::unlink(path.c_str());
  ASSERT_GT(pid, 0);
  AsioLoop loop;
  loop.run(until_ended(loop, pid));
  EXPECT_TRUE(has_ended(pid));
}

TEST(Spawner, KillsItsChildrenWhenItGoes) {
  AsioLoop loop;
  int pid = 0;
  std::optional<Result<ChildProcess>> child;
  {
    Spawner spawner(loop);
    child.emplace(loop.run(spawner.launch(shell("trap '' TERM; sleep 60"))));
    ASSERT_TRUE(*child);
    pid = (*child)->pid();
    child.reset();
    // A task that was started and abandoned.
    const StartedTask abandoned =
        start(spawner.run(shell("sleep 60"), {}), [](Outcome<Result<ProcessOutput>>) {});
  }
  EXPECT_FALSE(is_alive(pid));
}

}  // namespace
}  // namespace muai
