// Stands in for llama-server, llama-quantize and llama-fit-params, and misbehaves as the words of
// MUAI_SCRIPT say:
//   slow            answers 503 for the first 300 ms       never     does so for ever
//   crash, starve   says why and ends at once with code 1  hush      ends without a word
//   deaf            SIGTERM has no effect                  stuck     never answers a request
//   drop            ends in the middle of an answer        gasp      the same, for want of memory
//   same            (quantising) copies the source         cut       (quantising) half of it
// The name that it is called by decides which program it is.

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

bool is_told(std::string_view word) {
  const char* const script = std::getenv("MUAI_SCRIPT");
  return script && std::string_view(script).contains(word);
}

std::string option(int count, char** arguments, std::string_view name) {
  for (int i = 1; i + 1 < count; ++i) {
    if (arguments[i] == name) return arguments[i + 1];
  }
  return "";
}

void send_all(int peer, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void reply(int peer, int status, std::string_view body) {
  send_all(peer, "HTTP/1.1 " + std::to_string(status) +
                     " Said\r\nContent-Type: application/json\r\nConnection: close\r\n"
                     "Content-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

void chunk(int peer, std::string_view text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  send_all(peer, size + std::string(text) + "\r\n");
}

// Twenty words, one after another.
void answer(int peer) {
  send_all(peer,
           "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
           "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    if (i == 5 && is_told("gasp")) std::fputs("CUDA error: out of memory\n", stderr);
    if (i == 5 && (is_told("drop") || is_told("gasp"))) std::abort();
    chunk(peer, R"(data: {"choices":[{"index":0,"delta":{"content":"word )" + std::to_string(i) +
                    R"( "},"finish_reason":null}]})"
                    "\n\n");
    // So that whoever waits can stop in between.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  chunk(peer,
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":20,\"total_tokens\":27}}\n\n"
        "data: [DONE]\n\n");
  send_all(peer, "0\r\n\r\n");
}

void serve(int peer, Clock::time_point begin) {
  std::string request;
  char buffer[4096];
  while (!request.contains("\r\n\r\n")) {
    const ssize_t count = ::recv(peer, buffer, sizeof buffer, 0);
    if (count <= 0) break;
    request.append(buffer, static_cast<std::size_t>(count));
  }
  const std::string key = std::string("Bearer ") + std::getenv("LLAMA_API_KEY") + "\r\n";
  const bool is_loading =
      is_told("never") ||
      (is_told("slow") && Clock::now() - begin < std::chrono::milliseconds(300));
  if (request.starts_with("GET /health")) {
    reply(peer, is_loading ? 503 : 200, is_loading ? R"({"error":"Loading model"})" : "{}");
  } else if (!request.contains(key)) {
    reply(peer, 401, R"({"error":{"message":"Invalid API Key"}})");
  } else if (is_told("stuck")) {
    while (::recv(peer, buffer, sizeof buffer, 0) > 0) {
    }
  } else {
    answer(peer);
  }
  ::close(peer);
}

int run_server(const std::string& path) {
  const auto begin = Clock::now();
  if (is_told("crash"))
    std::fputs("load_model: error loading model: the weights are odd\n", stderr);
  if (is_told("starve")) std::fputs("cudaMalloc failed: out of memory\n", stderr);
  if (is_told("crash") || is_told("starve")) return 1;
  if (is_told("hush")) return 3;
  if (is_told("deaf")) ::signal(SIGTERM, SIG_IGN);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 4;
  if (::listen(listener, 16) != 0) return 5;
  for (;;) {
    const int peer = ::accept(listener, nullptr, nullptr);
    if (peer >= 0) std::thread(serve, peer, begin).detach();
  }
}

int run_quantizer(int count, char** arguments) {
  std::puts("version: 9.9.9 (build 1, commit none)");
  if (count < 4 || !std::filesystem::exists(arguments[1])) return 1;
  std::puts("[   1/   2] a\n[   2/   2] b");
  if (is_told("crash")) {
    std::fputs("llama_quantize: this one can't be done\n", stderr);
    return 1;
  }
  std::filesystem::copy_file(arguments[1], arguments[2]);
  if (is_told("cut")) std::filesystem::resize_file(arguments[2], 100'000);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string name = std::filesystem::path(arguments[0]).filename();
  if (name == "llama-quantize") return run_quantizer(count, arguments);
  if (name == "llama-fit-params") {
    std::puts("Host 100 20 30");
    return 0;
  }
  if (count > 1 && std::string_view(arguments[1]) == "--version") {
    std::fputs("version: 9.9.9 (build 1, commit none)\n", stderr);
    return 0;
  }
  return run_server(option(count, arguments, "--host"));
}
