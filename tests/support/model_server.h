#pragma once

// An OpenAI-compatible server for tests, over real HTTP on loopback or a UNIX socket: it answers in
// the dialects of llama-server, Ollama and a cloud, and misbehaves when told to. It knows no model:
// it says the tokens that it is given.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace muai::testing {

enum class ServerDialect : std::uint8_t { LlamaServer, Ollama, Cloud };

// What goes wrong with one chat request.
enum class Fault : std::uint8_t {
  None,
  Silent,           // nothing comes, not even headers
  Stalls,           // nothing more comes after the first token
  CutInEvent,       // the connection ends inside an event
  CutBetween,       // the stream ends properly, but before the answer has
  Malformed,        // an event is no JSON
  HugeToken,        // a token of two mebibytes
  Endless,          // tokens for ever
  WrongUsage,       // negative and fractional counts
  NoUsage,          // no counts at all
  InvalidUtf8,      // bytes that are no text
  SplitCodePoints,  // every byte of the answer in an event of its own
  NulBytes,         // raw NUL bytes in the stream
  ErrorInStream,    // an error object after the first token
  WrongType,        // HTML with status 200
  Busy,             // 429 with Retry-After: 1
  ServerError,      // 500
  Lingers,          // the connection stays open after [DONE]
};

struct ModelServerOptions {
  ServerDialect dialect = ServerDialect::LlamaServer;
  std::string unix_socket{};  // listen there; else on 127.0.0.1 at a free port
  std::string key{};          // required when not empty
  std::string model = "tiny";
  std::vector<std::string> tokens{"The", " sky", " is", " blue", "."};
  std::string schema_answer = R"({"n":3})";  // said when response_format holds a wrapped schema
  std::int64_t context_tokens = 4096;        // four bytes of prompt count as one token
  std::chrono::milliseconds token_delay{0};
};

// Serves until destroyed, a thread for each connection; connections are kept alive.
class ModelServer {
 public:
  struct Seen {
    std::string target;   // "/v1/chat/completions"
    std::string headers;  // as sent, the request line included
    std::string body;
  };

  explicit ModelServer(ModelServerOptions options = {});
  ~ModelServer();
  ModelServer(const ModelServer&) = delete;
  ModelServer& operator=(const ModelServer&) = delete;

  int port() const { return port_; }
  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

  // The next chat requests go wrong like this, in order; later ones go well.
  void fail_next(std::vector<Fault> faults);

  std::vector<Seen> requests() const;
  int connections() const { return connections_count_; }
  // Streams that the client ended before they were over.
  int abandoned() const { return abandoned_; }

 private:
  class Connection;
  void serve();
  Fault next_fault();
  void note(Seen seen);

  ModelServerOptions options_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_count_{0};
  std::atomic<int> abandoned_{0};
  mutable std::mutex mutex_;
  std::deque<Fault> faults_;
  std::vector<Seen> requests_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

}  // namespace muai::testing
