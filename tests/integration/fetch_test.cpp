// The real transport against real sockets on 127.0.0.1. Bounds in time are only asserted far above
// what they need.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "muai/async/asio_loop.h"
#include "muai/async/when_all.h"
#include "muai/net/curl_transport.h"
#include "muai/net/fetcher.h"
#include "tests/support/hostile_server.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using testing::gzip_bomb;
using testing::gzip_stored;
using testing::HostileServer;
using testing::Peer;

const std::string kHtml = "Content-Type: text/html\r\n";

class Fetch : public ::testing::Test {
 protected:
  void open(FetcherOptions options) {
    fetcher_ = Fetcher::create(loop_, *transport_, std::move(options)).value();
  }
  void open() { open({.private_hosts = {server_.place()}}); }

  Result<HttpResponse> fetch(HttpRequest request, std::stop_token stop = {}) {
    return loop_.run(fetcher_->fetch(std::move(request), std::move(stop)));
  }
  HttpRequest request_for(const std::string& path) {
    return {.url = Url::parse(server_.url(path)).value()};
  }
  Result<HttpResponse> get(const std::string& path) { return fetch(request_for(path)); }
  ErrorCode code_of(const std::string& path) {
    const auto page = get(path);
    return page ? ErrorCode::Contract : page.error().code();
  }

  HostileServer server_;
  AsioLoop loop_;
  std::unique_ptr<CurlTransport> transport_ = CurlTransport::create(loop_).value();
  std::unique_ptr<Fetcher> fetcher_;
};

TEST_F(Fetch, GetsAPage) {
  server_.on("/a?b", 200, kHtml + "X-Two: 1\r\nx-two: 2\r\n", "<p>hello</p>");
  open();
  const auto page = get("/a?b#c");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, "<p>hello</p>");
  EXPECT_EQ(page->raw_bytes, 12U);
  EXPECT_EQ(page->headers.count("X-TWO"), 2U);
  EXPECT_EQ(page->final_url.href(), server_.url("/a?b#c"));
  EXPECT_EQ(page->peer->to_string(), "127.0.0.1");
  const std::string request = server_.requests().at(0);
  EXPECT_TRUE(request.starts_with("GET /a?b HTTP/1.1\r\nHost: " + server_.place() + "\r\n"));
  EXPECT_NE(request.find("User-Agent: MuAI/0.1\r\n"), std::string::npos);
  EXPECT_EQ(request.find("Cookie"), std::string::npos);
}

TEST_F(Fetch, LoopbackIsRefusedUnlessListed) {
  server_.on("/", 200, kHtml, "secret");
  open({});
  EXPECT_EQ(code_of("/"), ErrorCode::Refused);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Fetch, TheEnvironmentsProxyIsIgnored) {
  ::setenv("http_proxy", "http://127.0.0.1:1/", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1/", 1);
  server_.on("/", 200, kHtml, "direct");
  open();
  const auto page = get("/");
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->body, "direct");
}

TEST_F(Fetch, SendsMethodHeadersAndBody) {
  server_.on("/v1", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  });
  open({.origins = {{.url = server_.url("/"), .headers = {{"Authorization", "Bearer k"}}}}});
  HttpRequest request = request_for("/v1");
  request.egress = Egress::Configured;
  request.method = "POST";
  request.headers.add({"Content-Type", "application/json"});
  request.body = "{\"a\": 1}";
  const auto answer = fetch(std::move(request));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, "{}");
  const std::string seen = server_.requests().at(0);
  EXPECT_TRUE(seen.starts_with("POST /v1 HTTP/1.1\r\n"));
  EXPECT_NE(seen.find("Authorization: Bearer k\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Content-Length: 8\r\n"), std::string::npos);
  EXPECT_EQ(seen.find("Expect"), std::string::npos);
}

TEST_F(Fetch, NamesArePinnedAndNeverResolvedByCurl) {
  server_.on("/", 200, kHtml, "named");
  open({.private_hosts = {"pinned.localhost:" + std::to_string(server_.port())}});
  const std::string url = "http://pinned.localhost:" + std::to_string(server_.port()) + "/";
  const auto page = fetch({.url = Url::parse(url).value()});
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->body, "named");
  EXPECT_NE(server_.requests().at(0).find("Host: pinned.localhost:"), std::string::npos);
  const std::string dotted = "http://pinned.localhost.:" + std::to_string(server_.port()) + "/";
  const auto again = fetch({.url = Url::parse(dotted).value()});
  ASSERT_TRUE(again) << again.error().message();
}

TEST_F(Fetch, ConnectsToNoAddressButThoseGiven) {
  server_.on("/", 200, kHtml, "x");
  HopRequest hop{.url = Url::parse("http://elsewhere.example/").value()};
  hop.addresses = {};
  const auto unpinned = loop_.run(transport_->exchange(hop, {}));
  EXPECT_FALSE(unpinned);
  HopRequest literal{.url = Url::parse(server_.url("/")).value()};
  literal.addresses = {Address::parse("192.0.2.1").value()};
  const auto other = loop_.run(transport_->exchange(literal, {}));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::Refused);
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Fetch, SpeaksOverAUnixSocket) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("muai-fetch-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "s").string();
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  std::thread server([listener] {
    const int fd = ::accept(listener, nullptr, nullptr);
    char buffer[2048];
    (void)!::read(fd, buffer, sizeof buffer);
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix";
    (void)!::write(fd, answer.data(), answer.size());
    ::close(fd);
  });
  open({.origins = {{.url = "http://llama.localhost", .unix_socket = path}},
        .network = NetworkAccess::Offline});
  const auto page = fetch(
      {.url = Url::parse("http://llama.localhost/health").value(), .egress = Egress::Configured});
  server.join();
  ::close(listener);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->body, "unix");
  EXPECT_FALSE(page->peer);
}

TEST_F(Fetch, EndsRedirectLoopsAndLongChains) {
  server_.on("/loop", 302, "Location: /loop\r\n", "");
  for (int i = 0; i < 10; ++i) {
    server_.on("/" + std::to_string(i), 302, "Location: /" + std::to_string(i + 1) + "\r\n", "");
  }
  open();
  EXPECT_EQ(code_of("/loop"), ErrorCode::Upstream);
  EXPECT_EQ(code_of("/0"), ErrorCode::LimitExceeded);
}

TEST_F(Fetch, ARedirectToAPrivateAddressIsNotFollowed) {
  server_.on("/", 302, "Location: http://169.254.169.254/latest/meta-data/\r\n", "");
  open();
  EXPECT_EQ(code_of("/"), ErrorCode::Refused);
}

TEST_F(Fetch, GivesUpOnSlowHeaders) {
  server_.on("/", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X-Slow: yes\r\n") && peer.wait_ms(50)) {
    }
  });
  open();
  HttpRequest request = request_for("/");
  request.limits.first_byte_max = 300ms;
  const auto page = fetch(std::move(request));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Timeout);
}

TEST_F(Fetch, GivesUpOnASilentHost) {
  server_.on("/", [](Peer& peer) { peer.wait_ms(60'000); });
  open();
  HttpRequest request = request_for("/");
  request.limits.total_max = 200ms;
  const auto page = fetch(std::move(request));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Timeout);
}

TEST_F(Fetch, EndsAnEndlessBody) {
  server_.on("/", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "\r\n");
    const std::string block(65536, 'x');
    while (peer.send(block)) {
    }
  });
  open();
  EXPECT_EQ(code_of("/"), ErrorCode::LimitExceeded);
}

TEST_F(Fetch, NoticesALengthThatWasALie) {
  server_.on("/long", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "Content-Length: 100\r\n\r\nonly this");
  });
  server_.on("/short", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "Content-Length: 4\r\n\r\nthis and more");
  });
  server_.on("/two", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml +
              "Content-Length: 4\r\nContent-Length: 9\r\n\r\nthis and more");
  });
  server_.on("/huge", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "Content-Length: 99999999999\r\n\r\nx");
  });
  open();
  EXPECT_EQ(code_of("/long"), ErrorCode::Network);
  const auto short_page = get("/short");
  ASSERT_TRUE(short_page);
  EXPECT_EQ(short_page->body, "this");
  EXPECT_EQ(code_of("/two"), ErrorCode::Upstream);
  EXPECT_EQ(code_of("/huge"), ErrorCode::LimitExceeded);
}

TEST_F(Fetch, NoticesACutOffAnswer) {
  server_.on("/chunked", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  });
  server_.on("/head", [](Peer& peer) { peer.send("HTTP/1.1 200 OK\r\nContent-"); });
  server_.on("/nothing", [](Peer&) {});
  server_.on("/garbage", [](Peer& peer) { peer.send("220 smtp.example.org ESMTP\r\n"); });
  open();
  EXPECT_EQ(code_of("/chunked"), ErrorCode::Network);
  EXPECT_NE(code_of("/head"), ErrorCode::Contract);
  EXPECT_EQ(code_of("/nothing"), ErrorCode::Network);
  EXPECT_EQ(code_of("/garbage"), ErrorCode::Upstream);
}

TEST_F(Fetch, UndoesOneCodingAndCountsBothSides) {
  const std::string text = "<p>" + std::string(5000, 'x') + "</p>";
  const std::string packed = gzip_stored(text);
  server_.on("/", 200, kHtml + "Content-Encoding: gzip\r\n", packed);
  open();
  const auto page = get("/");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->body, text);
  EXPECT_EQ(page->raw_bytes, packed.size());
  EXPECT_NE(server_.requests().at(0).find("Accept-Encoding: "), std::string::npos);
}

TEST_F(Fetch, EndsBombs) {
  server_.on("/gzip", 200, kHtml + "Content-Encoding: gzip\r\n", gzip_bomb(30'000'000));
  server_.on("/twice", 200, kHtml + "Content-Encoding: gzip, gzip\r\n",
             gzip_stored(gzip_bomb(1'000'000)));
  server_.on("/hidden", 200, kHtml + "Content-Encoding: gzip\r\n",
             gzip_stored(gzip_bomb(1'000'000)));
  server_.on("/transfer", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "Transfer-Encoding: gzip\r\n" +
              "Content-Encoding: gzip\r\n\r\n" + gzip_stored(gzip_bomb(1'000'000)));
  });
  open();
  EXPECT_EQ(code_of("/gzip"), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of("/twice"), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of("/hidden"), ErrorCode::Upstream);  // calls itself HTML, is a gzip file
  EXPECT_EQ(code_of("/transfer"), ErrorCode::LimitExceeded);
}

TEST_F(Fetch, SaysThatACodingIsBroken) {
  server_.on("/", 200, kHtml + "Content-Encoding: gzip\r\n", "this is no gzip");
  server_.on("/unknown", 200, kHtml + "Content-Encoding: rot13\r\n", "uryyb");
  std::string bad = gzip_stored("<p>hello</p>");
  bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] ^ 1);
  server_.on("/checksum", 200, kHtml + "Content-Encoding: gzip\r\n", bad);
  open();
  EXPECT_EQ(code_of("/"), ErrorCode::Upstream);
  EXPECT_EQ(code_of("/unknown"), ErrorCode::Upstream);
  EXPECT_EQ(code_of("/checksum"), ErrorCode::Upstream);
}

TEST_F(Fetch, AWrongCharsetIsHandedOnAsDeclared) {
  server_.on("/", 200, "Content-Type: text/html; charset=Klingon\r\n", "\xE4\xF6\xFC");
  open();
  const auto page = get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->charset, "klingon");
  EXPECT_EQ(page->body, "\xE4\xF6\xFC");
}

TEST_F(Fetch, EndsAHeaderFlood) {
  server_.on("/many", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n");
    while (peer.send("X-Flood: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  server_.on("/interim", [](Peer& peer) {
    while (peer.send("HTTP/1.1 103 Early Hints\r\nLink: " + std::string(1000, 'x') + "\r\n\r\n")) {
    }
  });
  server_.on("/folded", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip,\r\n x: gzip\r\n\r\n");
  });
  open();
  EXPECT_EQ(code_of("/many"), ErrorCode::LimitExceeded);
  EXPECT_EQ(code_of("/interim"), ErrorCode::LimitExceeded);
  EXPECT_NE(code_of("/folded"), ErrorCode::Contract);
}

TEST_F(Fetch, SkipsInterimAnswers) {
  server_.on("/", [](Peer& peer) {
    peer.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n" + kHtml +
              "Content-Length: 2\r\n\r\nok");
  });
  open();
  const auto page = get("/");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->body, "ok");
  EXPECT_FALSE(page->headers.find("link"));
}

TEST_F(Fetch, TellsWhenToComeBack) {
  server_.on("/", 429, "Content-Type: text/plain\r\nRetry-After: 17\r\n", "busy");
  open();
  const auto page = get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 429);
  EXPECT_EQ(page->retry_after_s, 17);
  EXPECT_EQ(page->body, "busy");
}

TEST_F(Fetch, StopsInTheMiddleOfABody) {
  std::stop_source stop;
  server_.on("/", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\n" + kHtml + "\r\n");
    while (peer.send(std::string(5000, 'x')) && peer.wait_ms(20)) {
    }
  });
  open();
  std::size_t got = 0;
  HttpRequest request = request_for("/");
  request.on_body = [&](std::string_view bytes) -> Result<void> {
    got += bytes.size();
    if (got > 20'000) stop.request_stop();
    return {};
  };
  const auto page = fetch(std::move(request), stop.get_token());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Cancelled);
  EXPECT_LT(got, 1'000'000U);
}

TEST_F(Fetch, StopsWhileNothingHappens) {
  std::stop_source stop;
  server_.on("/", [](Peer& peer) { peer.wait_ms(60'000); });
  open();
  loop_.at(loop_.now() + 50ms, [&] { stop.request_stop(); });
  const TimePoint begun = loop_.now();
  const auto page = fetch(request_for("/"), stop.get_token());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Cancelled);
  EXPECT_LT(loop_.now() - begun, 5s);
}

TEST_F(Fetch, ADestroyedFetchLeavesNothingBehind) {
  server_.on("/after", 200, kHtml, "fine");
  server_.on("/", [](Peer& peer) { peer.wait_ms(60'000); });
  open();
  {
    const StartedTask started =
        start(fetcher_->fetch(request_for("/"), {}), [](Outcome<Result<HttpResponse>>) {});
    const TimePoint until = loop_.now() + 50ms;
    loop_.at(until, [] {});
    loop_.run_until([&] { return loop_.now() >= until; });
  }
  const auto page = get("/after");
  ASSERT_TRUE(page) << page.error().message();
}

TEST_F(Fetch, RefusedConnectionsNameTheUrl) {
  int free_port = 0;
  {
    const HostileServer gone;
    free_port = gone.port();
  }
  const std::string place = "127.0.0.1:" + std::to_string(free_port);
  open({.private_hosts = {place}});
  const auto page = fetch({.url = Url::parse("http://" + place + "/x").value()});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Network);
  EXPECT_NE(page.error().message().find("http://" + place + "/x"), std::string::npos);
}

TEST_F(Fetch, ManyAtOnceOnOneLoop) {
  server_.on("/", 200, kHtml, "<p>one of many</p>");
  open();
  std::vector<Task<Result<HttpResponse>>> fetches;
  for (int i = 0; i < 50; ++i) fetches.push_back(fetcher_->fetch(request_for("/"), {}));
  const auto all = loop_.run(when_all(loop_, std::move(fetches), 16));
  for (const auto& page : all) {
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(page->body, "<p>one of many</p>");
  }
}

TEST_F(Fetch, DrainsAStreamOfEvents) {
  server_.on("/sse", [](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
      peer.send("data: " + std::to_string(i) + "\n\n");
      peer.wait_ms(10);
    }
  });
  open({.origins = {{.url = server_.url("/")}}});
  int events = 0;
  HttpRequest request = request_for("/sse");
  request.egress = Egress::Configured;
  request.limits = HttpLimits::streaming();
  request.on_body = [&](std::string_view bytes) -> Result<void> {
    for (std::size_t at = 0; (at = bytes.find("data:", at)) != std::string_view::npos; ++at) {
      ++events;
    }
    return {};
  };
  const auto page = fetch(std::move(request));
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->media_type, "text/event-stream");
  EXPECT_EQ(events, 20);
}

}  // namespace
}  // namespace muai
