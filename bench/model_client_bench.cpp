// What our client of OpenAI-compatible endpoints costs above libcurl alone, over loopback HTTP:
// processor time of one request, and the time until its first text.
//
// The server is a thread that sends the same bytes to whatever it is asked. Times are of the
// client's thread only.

#include <benchmark/benchmark.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "model/chat_reader.h"
#include "muai/async/asio_loop.h"
#include "muai/model/openai_model.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"

namespace muai {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTokens = 64;
constexpr std::size_t kPromptBytes = 4'000;

std::string piece(const std::string& bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

std::string chunk(const std::string& choice, const std::string& rest = "") {
  return piece("data: {\"choices\":[" + choice +
               "],\"created\":1764000000,\"id\":\"chatcmpl-8gJ7sd0fJq2L9aXkT3bWm5vYc1nEhRzP\","
               "\"model\":\"tiny\",\"system_fingerprint\":\"b7000-0123abcd\",\"object\":"
               "\"chat.completion.chunk\"" +
               rest + "}\n\n");
}

// Each part is sent by one call: a token at a time, as a server does.
std::vector<std::string> answer_parts() {
  std::vector<std::string> parts{
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"};
  for (int i = 0; i < kTokens; ++i) {
    parts.push_back(chunk("{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\" token" +
                          std::to_string(i) + "\"}}"));
  }
  parts.push_back(chunk("{\"finish_reason\":\"stop\",\"index\":0,\"delta\":{}}") +
                  chunk("",
                        ",\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":64,"
                        "\"total_tokens\":1064}") +
                  piece("data: [DONE]\n\n") + "0\r\n\r\n");
  return parts;
}

class Server {
 public:
  Server() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, any, &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    if (const int fd = connection_.load(); fd >= 0) ::shutdown(fd, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  void serve() {
    const std::vector<std::string> parts = answer_parts();
    for (int fd = 0; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd)) {
      connection_ = fd;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      while (take_request(fd))
        for (const std::string& part : parts)
          (void)::send(fd, part.data(), part.size(), MSG_NOSIGNAL);
      connection_ = -1;
    }
  }
  static bool take_request(int fd) {
    std::string input;
    char buffer[16384];
    for (std::size_t whole = std::string::npos; input.size() < whole;) {
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      input.append(buffer, static_cast<std::size_t>(got));
      const std::size_t end = input.find("\r\n\r\n");
      const std::size_t length = input.find("Content-Length: ");
      if (end != std::string::npos && length < end)
        whole = end + 4 + std::strtoul(input.c_str() + length + 16, nullptr, 10);
    }
    return true;
  }

  int listener_;
  int port_ = 0;
  std::atomic<int> connection_{-1};
  std::thread thread_;
};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// What curl sees first of the answer.
struct Received {
  Clock::time_point begun;
  double first_s = -1;
  std::size_t bytes = 0;
};

std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& received = *static_cast<Received*>(self);
  if (received.first_s < 0) received.first_s = seconds_since(received.begun);
  received.bytes += size * count;
  benchmark::DoNotOptimize(bytes);
  return size * count;
}

void direct_curl(benchmark::State& state, bool first_token_only) {
  const Server server;
  CURL* easy = curl_easy_init();
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  const std::string body = "{\"messages\":\"" + std::string(kPromptBytes, 'x') + "\"}";
  curl_easy_setopt(easy, CURLOPT_URL, (server.base_url() + "/chat/completions").c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &receive);
  for (auto _ : state) {
    Received received{.begun = Clock::now()};
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
    if (curl_easy_perform(easy) != CURLE_OK) state.SkipWithError("curl failed");
    if (first_token_only) state.SetIterationTime(received.first_s);
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
}

struct Client {
  Client() {
    ModelDescription description;
    description.name = "tiny";
    description.backend = ModelBackend::OpenAi;
    description.base_url = server.base_url();
    description.model_path = "tiny";
    model = make_openai_model(loop, *fetcher, std::move(description), {});
  }

  // Seconds to the first text; negative when the answer is not what was sent.
  double ask() {
    GenerateRequest request;
    request.messages = {{.role = ChatRole::User, .text = prompt}};
    const auto begun = Clock::now();
    double first_s = -1;
    ModelCall call;
    call.on_text = [&](std::string_view) {
      if (first_s < 0) first_s = seconds_since(begun);
    };
    const Result<Generation> answer =
        loop.run(model->generate(std::move(request), std::move(call)));
    return answer && answer->usage.completion_tokens == kTokens ? first_s : -1;
  }

  Server server;
  AsioLoop loop;
  std::unique_ptr<CurlTransport> transport = CurlTransport::create(loop).value();
  std::unique_ptr<Fetcher> fetcher = Fetcher::create(loop, *transport, {}).value();
  std::unique_ptr<Model> model;
  std::string prompt = std::string(kPromptBytes, 'x');
};

void model_client(benchmark::State& state, bool first_token_only) {
  Client client;
  for (auto _ : state) {
    const double first_s = client.ask();
    if (first_s < 0) state.SkipWithError("no answer");
    if (first_token_only) state.SetIterationTime(first_s);
  }
}

// Events of an answer per second: cut into events, read as JSON, shown, kept.
void BM_ChatEvents(benchmark::State& state) {
  constexpr int kEvents = 4'096;
  std::string stream;
  for (int i = 0; i < kEvents; ++i) {
    stream += R"(data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" token)" +
              std::to_string(i) +
              R"("}}],"created":1764000000,"id":"chatcmpl-8gJ7sd0fJq2L9aXkT3bWm5vYc1nEhRzP",)"
              R"("model":"tiny","system_fingerprint":"b7000-0123abcd","object":)"
              "\"chat.completion.chunk\"}\n\n";
  }
  const OpenAiEndpoint endpoint{.base = Url::parse("http://127.0.0.1:1/v1").value()};
  for (auto _ : state) {
    std::int64_t shown = 0;
    ChatReader reader(endpoint, stream.size(),
                      {.on_text = [&shown](std::string_view) { ++shown; }, .on_token = {}});
    constexpr std::size_t kPiece = 1'400;
    for (std::size_t at = 0; at < stream.size(); at += kPiece)
      if (!reader.read(std::string_view(stream).substr(at, kPiece)))
        state.SkipWithError("an event was not read");
    if (shown != kEvents) state.SkipWithError("an event was lost");
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
}
BENCHMARK(BM_ChatEvents)->Unit(benchmark::kMicrosecond);

void BM_RequestCurl(benchmark::State& state) { direct_curl(state, false); }
void BM_RequestModel(benchmark::State& state) { model_client(state, false); }
void BM_FirstTokenCurl(benchmark::State& state) { direct_curl(state, true); }
void BM_FirstTokenModel(benchmark::State& state) { model_client(state, true); }
BENCHMARK(BM_RequestCurl)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_RequestModel)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_FirstTokenCurl)->Unit(benchmark::kMicrosecond)->UseManualTime();
BENCHMARK(BM_FirstTokenModel)->Unit(benchmark::kMicrosecond)->UseManualTime();

}  // namespace
}  // namespace muai

BENCHMARK_MAIN();
