// One thread accepts, one more for each connection reads requests and writes answers until the
// client goes. Every wait looks for the end of the server within 20 ms.

#include "tests/support/model_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace muai::testing {
namespace json = boost::json;
namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::cerr << "model server: " << what << "\n";
  std::abort();
}

int listen_at(const std::string& path, int& port) {
  const int fd = ::socket(path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(fd >= 0, "no socket");
  if (!path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    require(path.size() < sizeof address.sun_path, "the socket's path is too long");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    require(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "cannot bind");
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "cannot bind");
    require(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "no name");
    port = ntohs(address.sin_port);
  }
  require(::listen(fd, 64) == 0, "cannot listen");
  return fd;
}

std::size_t content_length(const std::string& headers) {
  const std::size_t at = headers.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoul(headers.c_str() + at + 16, nullptr, 10);
}

std::int64_t prompt_tokens_of(const json::object& request) {
  std::int64_t bytes = 0;
  for (const json::value& message : request.at("messages").as_array())
    bytes += static_cast<std::int64_t>(message.at("content").as_string().size());
  return bytes / 4 + 1;
}

json::object error_body(ServerDialect dialect, int status, std::string_view message,
                        std::string_view type, std::string_view code) {
  json::object error{{"message", message}, {"type", type}};
  if (dialect == ServerDialect::LlamaServer) {
    error["code"] = status;
  } else {
    error["param"] = nullptr;
    error["code"] = code.empty() ? json::value() : json::value(code);
  }
  return {{"error", std::move(error)}};
}

// A vector of three numbers that depends on the text.
json::value vector_of(std::string_view text, bool as_base64) {
  if (as_base64) return "AACAPwAAAMAAAIA/";  // 1, -2, 1
  const double size = static_cast<double>(text.size());
  return json::array{1.0, size, 0.5 * size};
}

bool wants_schema(const json::object& request) {
  const json::value* format = request.if_contains("response_format");
  return format && format->at("type") == "json_schema" &&
         format->as_object().contains("json_schema");
}

}  // namespace

class ModelServer::Connection {
 public:
  Connection(ModelServer& server, int fd) : server_(server), options_(server.options_), fd_(fd) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  void run() {
    while (read_request() && answer()) {
    }
    ::shutdown(fd_, SHUT_RDWR);
    ::close(fd_);
  }

 private:
  bool receive() {
    char buffer[16384];
    while (!server_.stop_) {
      pollfd wait{fd_, POLLIN, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      input_.append(buffer, static_cast<std::size_t>(got));
      return true;
    }
    return false;
  }

  bool read_request() {
    std::size_t end = 0;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return false;
    seen_.headers = input_.substr(0, end + 2);
    const std::size_t length = content_length(seen_.headers);
    while (input_.size() < end + 4 + length)
      if (!receive()) return false;
    seen_.body = input_.substr(end + 4, length);
    input_.erase(0, end + 4 + length);
    const std::size_t begin = seen_.headers.find(' ') + 1;
    seen_.target = seen_.headers.substr(begin, seen_.headers.find(' ', begin) - begin);
    server_.note(seen_);
    return true;
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      if (server_.stop_) return false;
      pollfd wait{fd_, POLLOUT, 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // True while the client is there.
  bool wait(std::chrono::milliseconds time) {
    for (auto left = time; left.count() > 0; left -= std::chrono::milliseconds(10)) {
      if (server_.stop_) return false;
      pollfd gone{fd_, POLLIN, 0};
      if (::poll(&gone, 1, static_cast<int>(std::min<std::int64_t>(10, left.count()))) > 0)
        return false;
    }
    return true;
  }

  bool send_whole(int status, std::string_view type, const std::string& body,
                  const std::string& more = "") {
    return send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string(type) +
                "\r\n" + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
  }
  bool send_json(int status, const json::value& body, const std::string& more = "") {
    return send_whole(status, "application/json; charset=utf-8", json::serialize(body), more);
  }
  bool refuse(int status, std::string_view message, std::string_view type,
              std::string_view code = "", const std::string& more = "") {
    return send_json(status, error_body(options_.dialect, status, message, type, code), more);
  }

  bool answer() {
    if (!options_.key.empty() &&
        seen_.headers.find("Authorization: Bearer " + options_.key + "\r\n") == std::string::npos) {
      return refuse(401, "Incorrect API key provided: " + options_.key, "invalid_request_error",
                    "invalid_api_key");
    }
    if (seen_.target == "/v1/models") return send_json(200, models());
    if (seen_.target == "/v1/embeddings") return embeddings();
    if (seen_.target == "/v1/chat/completions") return chat();
    return send_whole(404, "text/plain", "404 page not found");
  }

  json::value models() const {
    return {{"object", "list"},
            {"data",
             {{{"id", options_.model}, {"object", "model"}, {"created", 1}, {"owned_by", "x"}}}}};
  }

  bool embeddings() {
    const json::value request = json::parse(seen_.body);
    const json::value* format = request.as_object().if_contains("encoding_format");
    const bool as_base64 = format && *format == "base64";
    json::array data;
    std::int64_t index = 0;
    for (const json::value& text : request.at("input").as_array()) {
      data.push_back({{"object", "embedding"},
                      {"index", index++},
                      {"embedding", vector_of(text.as_string(), as_base64)}});
    }
    return send_json(200, {{"object", "list"},
                           {"data", std::move(data)},
                           {"model", options_.model},
                           {"usage", {{"prompt_tokens", 2 * index}, {"total_tokens", 2 * index}}}});
  }

  bool chat() {
    const Fault fault = server_.next_fault();
    const json::value parsed = json::parse(seen_.body);
    const json::object& request = parsed.as_object();
    if (fault == Fault::Silent) return wait(std::chrono::minutes(5));
    if (fault == Fault::Busy) {
      return refuse(429, "Rate limit reached", "requests", "rate_limit_exceeded",
                    "Retry-After: 1\r\n");
    }
    if (fault == Fault::ServerError) return refuse(500, "it broke", "server_error");
    if (fault == Fault::WrongType) return send_whole(200, "text/html", "<p>Welcome!</p>");
    if (request.at("model").as_string() != options_.model) return unknown_model(request);
    const std::int64_t prompt = prompt_tokens_of(request);
    if (prompt > options_.context_tokens && options_.dialect != ServerDialect::Ollama)
      return too_long(prompt);
    // Ollama cuts what does not fit, and says nothing.
    return stream(request, fault, std::min(prompt, options_.context_tokens));
  }

  bool unknown_model(const json::object& request) {
    const std::string name(request.at("model").as_string());
    if (options_.dialect == ServerDialect::Ollama)
      return refuse(404, "model '" + name + "' not found", "not_found_error");
    return refuse(404, "The model `" + name + "` does not exist", "invalid_request_error",
                  "model_not_found");
  }

  bool too_long(std::int64_t prompt) {
    if (options_.dialect == ServerDialect::Cloud) {
      return refuse(400, "This model's maximum context length is exceeded", "invalid_request_error",
                    "context_length_exceeded");
    }
    json::object body =
        error_body(options_.dialect, 400, "the request exceeds the available context size",
                   "exceed_context_size_error", "");
    body.at("error").as_object()["n_prompt_tokens"] = prompt;
    body.at("error").as_object()["n_ctx"] = options_.context_tokens;
    return send_json(400, body);
  }

  json::object chunk(json::array choices) const {
    json::object made{{"id", "chatcmpl-123"},
                      {"object", "chat.completion.chunk"},
                      {"created", 1'764'000'000},
                      {"model", options_.model},
                      {"choices", std::move(choices)}};
    switch (options_.dialect) {
      case ServerDialect::LlamaServer: made["system_fingerprint"] = "b7000-0123abcd"; break;
      case ServerDialect::Ollama: made["system_fingerprint"] = "fp_ollama"; break;
      case ServerDialect::Cloud:
        made["service_tier"] = "default";
        made["usage"] = nullptr;
        made["obfuscation"] = "Qm9vIQ";
        break;
    }
    return made;
  }
  json::object delta_chunk(json::object delta, json::value finish) const {
    return chunk(
        {{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish)}}});
  }

  bool send_piece(std::string_view bytes) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return send(size + std::string(bytes) + "\r\n");
  }
  bool send_event(const json::value& value) {
    return send_piece("data: " + json::serialize(value) + "\n\n");
  }
  // The event of one token, whatever its bytes.
  bool send_token(std::string_view text) {
    std::string whole = json::serialize(delta_chunk({{"content", "@"}}, nullptr));
    whole.replace(whole.find('@'), 1, text);
    return send_piece("data: " + whole + "\n\n");
  }

  bool stream(const json::object& request, Fault fault, std::int64_t prompt) {
    send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    json::object first{{"role", "assistant"}, {"content", nullptr}};
    if (options_.dialect != ServerDialect::LlamaServer) first["content"] = "";
    send_event(delta_chunk(std::move(first), nullptr));
    const auto limit = request.if_contains("max_tokens");
    const auto tokens_max = limit ? limit->as_int64() : std::int64_t{1} << 20;
    std::vector<std::string> tokens = options_.tokens;
    if (wants_schema(request)) tokens = {options_.schema_answer};
    std::int64_t said = 0;
    for (const std::string& token : tokens) {
      if (said == tokens_max) break;
      if (said == 1 && fault != Fault::None && !misbehave(fault)) return false;
      if (!say(token, fault) || !wait(options_.token_delay)) return abandoned();
      ++said;
    }
    if (fault == Fault::CutBetween) return send("0\r\n\r\n") && false;
    const bool cut = said == tokens_max && std::cmp_less(said, tokens.size());
    send_event(delta_chunk({}, cut ? "length" : "stop"));
    if (fault != Fault::NoUsage) send_event(usage_chunk(fault, prompt, said));
    send_piece("data: [DONE]\n\n");
    if (fault == Fault::Lingers) return wait(std::chrono::minutes(5));
    return send("0\r\n\r\n");
  }

  bool say(const std::string& token, Fault fault) {
    if (fault == Fault::SplitCodePoints) {
      for (const char byte : token)
        if (!send_token(std::string(1, byte))) return false;
      return true;
    }
    const std::string quoted = json::serialize(json::value(token));
    return send_token(std::string_view(quoted).substr(1, quoted.size() - 2));
  }

  // What happens after the first token; false ends the connection.
  bool misbehave(Fault fault) {
    switch (fault) {
      case Fault::Stalls: return wait(std::chrono::minutes(5)) || abandoned();
      case Fault::CutInEvent: return send("40\r\ndata: {\"choices\":[{\"del") && false;
      case Fault::Malformed: return send_piece("data: {\"choices\":[}\n\n");
      case Fault::HugeToken:
        return send_token(std::string(std::size_t{2} << 20, 'x')) || abandoned();
      case Fault::Endless:
        while (send_token(" and so on")) {
        }
        return abandoned();
      case Fault::InvalidUtf8: return send_token("\xFF\xC0");
      case Fault::NulBytes: return send_piece(std::string("data: \0\0\n\n", 10));
      case Fault::ErrorInStream:
        return send_event(error_body(options_.dialect, 500, "it broke", "server_error", ""));
      default: return true;
    }
  }

  bool abandoned() {
    if (!server_.stop_) ++server_.abandoned_;
    return false;
  }

  json::object usage_chunk(Fault fault, std::int64_t prompt, std::int64_t said) const {
    json::object made = chunk({});
    made["usage"] = {
        {"prompt_tokens", prompt}, {"completion_tokens", said}, {"total_tokens", prompt + said}};
    if (fault == Fault::WrongUsage)
      made["usage"] = {{"prompt_tokens", -7}, {"completion_tokens", 1.5}};
    if (options_.dialect == ServerDialect::LlamaServer) {
      made["timings"] = {{"cache_n", 0}, {"prompt_n", prompt}, {"predicted_n", said}};
      if (fault == Fault::WrongUsage) made.erase("timings");
    }
    return made;
  }

  ModelServer& server_;
  const ModelServerOptions& options_;
  int fd_;
  std::string input_;
  Seen seen_;
};

ModelServer::ModelServer(ModelServerOptions options) : options_(std::move(options)) {
  listener_ = listen_at(options_.unix_socket, port_);
  thread_ = std::thread([this] { serve(); });
}

ModelServer::~ModelServer() {
  stop_ = true;
  thread_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
  if (!options_.unix_socket.empty()) ::unlink(options_.unix_socket.c_str());
}

void ModelServer::serve() {
  while (!stop_) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, 20) <= 0) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_count_;
    connections_.emplace_back([this, fd] { Connection(*this, fd).run(); });
  }
}

void ModelServer::fail_next(std::vector<Fault> faults) {
  const std::lock_guard lock(mutex_);
  faults_.insert(faults_.end(), faults.begin(), faults.end());
}

Fault ModelServer::next_fault() {
  const std::lock_guard lock(mutex_);
  if (faults_.empty()) return Fault::None;
  const Fault fault = faults_.front();
  faults_.pop_front();
  return fault;
}

void ModelServer::note(Seen seen) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(seen));
}

std::vector<ModelServer::Seen> ModelServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

}  // namespace muai::testing
