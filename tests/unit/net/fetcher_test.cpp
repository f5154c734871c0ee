#include "muai/net/fetcher.h"

#include <gtest/gtest.h>

#include "muai/async/when_all.h"
#include "tests/support/fetch_site.h"

namespace muai {
namespace {

using namespace std::chrono_literals;
using testing::fake_redirect;
using testing::FakeAnswer;
using testing::FetchSite;

HttpRequest request_for(const std::string& url) { return {.url = Url::parse(url).value()}; }

FakeAnswer typed(std::string type, std::string body) {
  FakeAnswer answer;
  answer.headers = {{"Content-Type", std::move(type)}};
  answer.chunks = {std::move(body)};
  return answer;
}

TEST(Fetcher, GivesStatusHeadersBodyAndFinalUrl) {
  FetchSite site;
  site.net.set_answer("http://example.org/a", typed("text/html; charset=\"UTF-8\"", "<p>hi</p>"));
  const auto page = site.get("http://example.org/a#part");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, "<p>hi</p>");
  EXPECT_EQ(page->media_type, "text/html");
  EXPECT_EQ(page->charset, "utf-8");
  EXPECT_EQ(page->final_url.href(), "http://example.org/a#part");
  EXPECT_EQ(page->raw_bytes, 9U);
  EXPECT_EQ(page->peer, Address::parse("93.184.215.14").value());
  EXPECT_EQ(site.net.seen().at(0).url.href(), "http://example.org/a");
  EXPECT_EQ(site.net.seen().at(0).headers.find("user-agent"), "MuAI/0.1");
}

TEST(Fetcher, AnErrorStatusIsAValue) {
  FetchSite site;
  FakeAnswer missing = typed("image/png", "\x89PNG\r\n....");
  missing.status = 404;
  site.net.set_default(missing);
  const auto page = site.get("http://example.org/");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->status, 404);
  EXPECT_EQ(page->body, "");
}

// Redirects

TEST(Fetcher, FollowsFiveRedirectsAndKeepsTheirUrls) {
  FetchSite site({.public_pace = {}});
  for (int i = 0; i < 5; ++i) {
    site.net.set_answer("http://example.org/" + std::to_string(i),
                        fake_redirect(std::to_string(i + 1)));
  }
  const auto page = site.get("http://example.org/0#x");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->final_url.href(), "http://example.org/5#x");
  ASSERT_EQ(page->redirects.size(), 5U);
  EXPECT_EQ(page->redirects.front().href(), "http://example.org/0#x");
}

TEST(Fetcher, RefusesTheSixthRedirect) {
  FetchSite site({.public_pace = {}});
  for (int i = 0; i < 6; ++i) {
    site.net.set_answer("http://example.org/" + std::to_string(i),
                        fake_redirect(std::to_string(i + 1)));
  }
  EXPECT_EQ(site.code_of("http://example.org/0"), ErrorCode::LimitExceeded);
  EXPECT_EQ(site.net.seen().size(), 6U);
}

TEST(Fetcher, EndsACircleAtItsFirstRepetition) {
  FetchSite site({.public_pace = {}});
  site.net.set_answer("http://a.test/", fake_redirect("http://b.test/"));
  site.net.set_answer("http://b.test/", fake_redirect("http://a.test/"));
  EXPECT_EQ(site.code_of("http://a.test/"), ErrorCode::Upstream);
  EXPECT_EQ(site.net.seen().size(), 2U);
}

TEST(Fetcher, NeverFallsFromHttpsToHttp) {
  FetchSite site;
  site.net.set_answer("https://example.org/", fake_redirect("http://example.org/"));
  EXPECT_EQ(site.code_of("https://example.org/"), ErrorCode::Refused);
  EXPECT_EQ(site.net.seen().size(), 1U);
}

TEST(Fetcher, ChecksEveryHopAgain) {
  FetchSite site;
  site.net.set_names("inside.test", {{"10.1.2.3"}});
  site.net.set_answer("http://example.org/", fake_redirect("http://inside.test/"));
  const auto page = site.get("http://example.org/");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message(),
            "'http://inside.test/' is not fetched: 'inside.test' leads to 10.1.2.3, which is not "
            "public (private, RFC 1918); allow 'inside.test:80' in the private hosts if you mean "
            "it (reached from 'http://example.org/')");
}

TEST(Fetcher, TurnsAPostIntoAGetWhereBrowsersDo) {
  for (const int status : {301, 302, 303, 307, 308}) {
    FetchSite site({.public_pace = {}});
    site.net.set_answer("http://example.org/", fake_redirect("/next", status));
    HttpRequest request = request_for("http://example.org/");
    request.method = "POST";
    request.body = "q=1";
    request.headers.add({"Content-Type", "application/x-www-form-urlencoded"});
    ASSERT_TRUE(site.fetch(std::move(request)));
    const auto& second = site.net.seen().at(1);
    EXPECT_EQ(second.method, status <= 303 ? "GET" : "POST");
    EXPECT_EQ(second.body, status <= 303 ? "" : "q=1");
    EXPECT_EQ(second.headers.find("content-type").has_value(), status > 303);
  }
}

TEST(Fetcher, SaysThatARedirectTargetIsNoUrl) {
  FetchSite site;
  site.net.set_answer("http://example.org/", fake_redirect("http://[::1"));
  EXPECT_EQ(site.code_of("http://example.org/"), ErrorCode::Upstream);
}

// Addresses

TEST(Fetcher, ConnectsOnlyToACheckedAddress) {
  FetchSite site;
  site.net.set_names("rebind.test", {{"93.184.215.14"}, {"127.0.0.1"}});
  ASSERT_TRUE(site.get("http://rebind.test/"));
  EXPECT_EQ(site.code_of("http://rebind.test/"), ErrorCode::Refused);
  ASSERT_EQ(site.net.seen().size(), 1U);
  EXPECT_EQ(site.net.seen()[0].address->to_string(), "93.184.215.14");
}

TEST(Fetcher, RefusesAPeerThatIsNotPublicWhateverWasResolved) {
  FetchSite site;
  FakeAnswer answer;
  answer.peer = Address::parse("169.254.169.254").value();
  site.net.set_default(answer);
  EXPECT_EQ(site.code_of("http://example.org/"), ErrorCode::Refused);
}

TEST(Fetcher, ANameWithoutAddressesIsANetworkError) {
  FetchSite site;
  site.net.set_names("nowhere.test", {{}});
  EXPECT_EQ(site.code_of("http://nowhere.test/"), ErrorCode::Network);
}

TEST(Fetcher, ReachesPrivatePlacesOnTheListExactly) {
  FetchSite site({.private_hosts = {"127.0.0.1:9000", "wiki.intranet:443", "[::1]:9000"}});
  site.net.set_names("wiki.intranet", {{"10.0.0.7"}});
  EXPECT_TRUE(site.get("http://127.0.0.1:9000/"));
  EXPECT_TRUE(site.get("http://[::1]:9000/"));
  EXPECT_TRUE(site.get("https://wiki.intranet/"));
  EXPECT_EQ(site.code_of("http://127.0.0.1:9001/"), ErrorCode::Refused);
  EXPECT_EQ(site.code_of("http://127.0.0.2:9000/"), ErrorCode::Refused);
  EXPECT_EQ(site.code_of("http://localhost:9000/"), ErrorCode::Refused);
  EXPECT_EQ(site.code_of("http://wiki.intranet/"), ErrorCode::Refused);
}

TEST(Fetcher, RefusesAListItCannotRead) {
  SimLoop loop;
  testing::FaultyTransport net(loop);
  for (const char* entry : {"", "localhost", "localhost:", "http://localhost:1", "::1", "::1:80",
                            "[::1]", "a:b", "u:p@h:1", "h:1/x", "h:99999", "h:1?q"}) {
    const auto fetcher = Fetcher::create(loop, net, {.private_hosts = {entry}});
    ASSERT_FALSE(fetcher) << entry;
    EXPECT_EQ(fetcher.error().code(), ErrorCode::InvalidConfig);
  }
  for (const char* url : {"x", "ftp://h/", "http://u:p@h/"}) {
    EXPECT_FALSE(Fetcher::create(loop, net, {.origins = {{.url = url}}})) << url;
  }
}

// Configured origins

TEST(Fetcher, KeysGoToTheirOriginOnly) {
  FetchSite site(
      {.origins = {{.url = "http://127.0.0.1:8081/v1", .headers = {{"Authorization", "Bearer k1"}}},
                   {.url = "https://api.example.org"}}});
  HttpRequest chat = request_for("http://127.0.0.1:8081/v1/chat");
  chat.egress = Egress::Configured;
  ASSERT_TRUE(site.fetch(std::move(chat)));
  EXPECT_EQ(site.net.seen().at(0).headers.find("authorization"), "Bearer k1");
  HttpRequest other = request_for("https://api.example.org/x");
  other.egress = Egress::Configured;
  ASSERT_TRUE(site.fetch(std::move(other)));
  EXPECT_FALSE(site.net.seen().at(1).headers.find("authorization"));
}

TEST(Fetcher, AConfiguredRequestGoesNowhereElse) {
  FetchSite site({.origins = {{.url = "https://api.example.org"}}});
  for (const char* url : {"https://api.example.org:8443/", "http://api.example.org/",
                          "https://example.org/", "http://169.254.169.254/"}) {
    HttpRequest request = request_for(url);
    request.egress = Egress::Configured;
    const auto page = site.fetch(std::move(request));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code(), ErrorCode::Refused) << url;
  }
  EXPECT_TRUE(site.net.seen().empty());
}

TEST(Fetcher, AConfiguredOriginMayNotRedirectElsewhere) {
  FetchSite site(
      {.origins = {{.url = "https://api.example.org", .headers = {{"X-Api-Key", "k"}}}}});
  site.net.set_answer("https://api.example.org/a", fake_redirect("/b"));
  site.net.set_answer("https://api.example.org/b", fake_redirect("https://evil.test/"));
  HttpRequest request = request_for("https://api.example.org/a");
  request.egress = Egress::Configured;
  const auto page = site.fetch(std::move(request));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Refused);
  EXPECT_EQ(site.net.seen().size(), 2U);
}

TEST(Fetcher, OriginsComeAndGoAtRunTime) {
  FetchSite site;
  const Url url = Url::parse("http://llama.localhost:1/x").value();
  ASSERT_TRUE(site.fetcher->add_origin(
      {.url = "http://llama.localhost:1", .unix_socket = "/run/muai/l.sock"}));
  HttpRequest request{.url = url, .egress = Egress::Configured};
  ASSERT_TRUE(site.fetch(request));
  EXPECT_EQ(site.net.seen().at(0).unix_socket, "/run/muai/l.sock");
  EXPECT_TRUE(site.net.resolved().empty());
  site.fetcher->remove_origin(url);
  EXPECT_FALSE(site.fetch(request));
}

TEST(Fetcher, PagesAreFetchedWithoutCredentials) {
  FetchSite site;
  for (const char* name : {"Authorization", "Cookie", "X-API-Key", "X-Subscription-Token"}) {
    HttpRequest request = request_for("http://example.org/");
    request.headers.add({name, "v"});
    const auto page = site.fetch(std::move(request));
    ASSERT_FALSE(page) << name;
    EXPECT_EQ(page.error().code(), ErrorCode::Refused);
  }
  EXPECT_TRUE(site.net.seen().empty());
}

TEST(Fetcher, RefusesHeadersThatWouldChangeTheFraming) {
  FetchSite site;
  const HttpHeader fields[] = {
      {"Host", "x"}, {"Content-Length", "1"},  {"X", "a\r\nHost: b"}, {"Bad Name", "x"},
      {"", "x"},     {"Proxy-Connection", "x"}};
  for (const HttpHeader& field : fields) {
    HttpRequest request = request_for("http://example.org/");
    request.headers.add(field);
    const auto page = site.fetch(std::move(request));
    ASSERT_FALSE(page) << field.name;
    EXPECT_EQ(page.error().code(), ErrorCode::InvalidInput);
  }
  HttpRequest request = request_for("http://example.org/");
  request.method = "GET /x HTTP/1.1\r\n";
  EXPECT_FALSE(site.fetch(std::move(request)));
}

// Offline

TEST(Fetcher, OfflineReachesConfiguredLoopbackAndResolvesNothing) {
  FetchSite site({.origins = {{.url = "http://127.0.0.1:8081"},
                              {.url = "http://localhost:8082"},
                              {.url = "https://api.example.org"},
                              {.url = "http://10.0.0.1:80"}},
                  .private_hosts = {"127.0.0.1:9000", "10.0.0.1:9000", "wiki.intranet:80"},
                  .network = NetworkAccess::Offline});
  const std::pair<const char*, bool> configured[] = {{"http://127.0.0.1:8081/", true},
                                                     {"http://localhost:8082/", true},
                                                     {"https://api.example.org/", false},
                                                     {"http://10.0.0.1/", false}};
  for (const auto& [url, reached] : configured) {
    HttpRequest request = request_for(url);
    request.egress = Egress::Configured;
    EXPECT_EQ(site.fetch(std::move(request)).has_value(), reached) << url;
  }
  EXPECT_TRUE(site.get("http://127.0.0.1:9000/"));
  EXPECT_EQ(site.code_of("http://10.0.0.1:9000/"), ErrorCode::Refused);
  EXPECT_EQ(site.code_of("http://wiki.intranet/"), ErrorCode::Refused);
  EXPECT_EQ(site.code_of("http://example.org/"), ErrorCode::Refused);
  EXPECT_EQ(site.code_of("http://93.184.215.14/"), ErrorCode::Refused);
  EXPECT_TRUE(site.net.resolved().empty());
}

// Bounds in time

TEST(Fetcher, GivesUpOnAHostThatDoesNotAnswer) {
  FetchSite site;
  FakeAnswer slow;
  slow.head_delay = 11s;
  site.net.set_default(slow);
  const TimePoint begun = site.loop.now();
  const auto page = site.get("http://example.org/");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code(), ErrorCode::Timeout);
  EXPECT_EQ(page.error().message(), "cannot fetch 'http://example.org/': no answer within 10 s");
  EXPECT_LT(site.loop.now() - begun, 10'100ms);
}

TEST(Fetcher, GivesUpOnAHostThatDripsItsBody) {
  FetchSite site;
  FakeAnswer drip;
  drip.chunks.assign(100, std::string(900, 'x'));
  drip.chunk_delay = 1s;
  site.net.set_default(drip);
  const TimePoint begun = site.loop.now();
  EXPECT_EQ(site.code_of("http://example.org/"), ErrorCode::Timeout);
  EXPECT_LT(site.loop.now() - begun, 10'100ms);
}

TEST(Fetcher, TheTotalTimeCountsAllHops) {
  FetchSite site({.public_pace = {}});
  FakeAnswer slow_redirect = fake_redirect("http://b.test/");
  slow_redirect.head_delay = 9s;
  FakeAnswer slow;
  slow.chunks.assign(60, std::string(2000, 'x'));
  slow.chunk_delay = 1s;
  site.net.set_answer("http://a.test/", slow_redirect);
  site.net.set_answer("http://b.test/", slow);
  const TimePoint begun = site.loop.now();
  EXPECT_EQ(site.code_of("http://a.test/"), ErrorCode::Timeout);
  EXPECT_GT(site.loop.now() - begun, 29'900ms);
  EXPECT_LT(site.loop.now() - begun, 30'100ms);
}

TEST(Fetcher, StopsAtOnceWhenAsked) {
  FetchSite site;
  FakeAnswer endless;
  endless.chunks.assign(1000, std::string(5000, 'x'));
  endless.chunk_delay = 100ms;
  site.net.set_default(endless);
  site.loop.at(site.loop.now() + 2500ms, [&] { site.stop.request_stop(); });
  const TimePoint begun = site.loop.now();
  EXPECT_EQ(site.code_of("http://example.org/"), ErrorCode::Cancelled);
  EXPECT_EQ(site.loop.now() - begun, 2500ms);
}

// Bounds in size

TEST(Fetcher, RefusesBodiesBeyondTheirBounds) {
  FetchSite site({.public_pace = {}});
  FakeAnswer stated;
  stated.headers.add({"Content-Length", "10485761"});
  site.net.set_answer("http://a.test/stated", stated);
  FakeAnswer long_number = stated;
  long_number.headers.set({"Content-Length", "99999999999999999999999"});
  site.net.set_answer("http://a.test/long-number", long_number);
  FakeAnswer endless;
  endless.chunks.assign(11, std::string(std::size_t{1} << 20, 'x'));
  site.net.set_answer("http://a.test/endless", endless);
  FakeAnswer swelling;
  swelling.chunks.assign(21, std::string(std::size_t{1} << 20, 'x'));
  swelling.raw_bytes_per_chunk = 100'000;
  site.net.set_answer("http://a.test/swelling", swelling);
  FakeAnswer bomb;
  bomb.chunks.assign(30, std::string(16384, 'x'));
  bomb.raw_bytes_per_chunk = 100;
  site.net.set_answer("http://a.test/bomb", bomb);
  for (const char* path : {"stated", "long-number", "endless", "swelling", "bomb"}) {
    EXPECT_EQ(site.code_of(std::string("http://a.test/") + path), ErrorCode::LimitExceeded) << path;
  }
}

TEST(Fetcher, RefusesTwoLengthsAndTwoCodings) {
  FetchSite site({.public_pace = {}});
  FakeAnswer lengths;
  lengths.headers.add({"Content-Length", "5"});
  lengths.headers.add({"Content-Length", "6"});
  site.net.set_answer("http://a.test/lengths", lengths);
  FakeAnswer no_number;
  no_number.headers.add({"Content-Length", "-5"});
  site.net.set_answer("http://a.test/no-number", no_number);
  FakeAnswer listed;
  listed.headers.add({"Content-Encoding", "gzip, gzip"});
  site.net.set_answer("http://a.test/listed", listed);
  FakeAnswer apart;
  apart.headers.add({"Content-Encoding", "br"});
  apart.headers.add({"Transfer-Encoding", "gzip, chunked"});
  site.net.set_answer("http://a.test/apart", apart);
  FakeAnswer unknown;
  unknown.headers.add({"Content-Encoding", "rot13"});
  site.net.set_answer("http://a.test/unknown", unknown);
  FakeAnswer one;
  one.headers.add({"Content-Encoding", "identity, GZIP"});
  one.headers.add({"Transfer-Encoding", "chunked"});
  site.net.set_answer("http://a.test/one", one);
  EXPECT_EQ(site.code_of("http://a.test/lengths"), ErrorCode::Upstream);
  EXPECT_EQ(site.code_of("http://a.test/no-number"), ErrorCode::Upstream);
  EXPECT_EQ(site.code_of("http://a.test/listed"), ErrorCode::LimitExceeded);
  EXPECT_EQ(site.code_of("http://a.test/apart"), ErrorCode::LimitExceeded);
  EXPECT_EQ(site.code_of("http://a.test/unknown"), ErrorCode::Upstream);
  EXPECT_TRUE(site.get("http://a.test/one"));
}

TEST(Fetcher, ARedirectWithAnEndlessBodyIsFollowedAllTheSame) {
  FetchSite site({.public_pace = {}});
  FakeAnswer answer = fake_redirect("/b");
  answer.chunks.assign(1000, std::string(5000, 'x'));
  site.net.set_answer("http://a.test/", answer);
  EXPECT_TRUE(site.get("http://a.test/"));
}

// Content types

TEST(Fetcher, TakesTheTypesThatPagesHaveAndNoOthers) {
  FetchSite site({.public_pace = {}});
  struct Row {
    const char* type;
    std::string body;
    bool taken;
    const char* seen_as;
  };
  const Row rows[] = {
      {"text/html", "<html>", true, "text/html"},
      {"TEXT/HTML;charset=gbk", "<html>", true, "text/html"},
      {"application/pdf", "%PDF-1.7", true, "application/pdf"},
      {"application/pdf", "<html>", false, ""},
      {"text/plain", "%PDF-1.7", false, ""},
      {"text/html", std::string("\x1F\x8B\x08\0", 4), false, ""},
      {"text/html", std::string("a\0b", 3), false, ""},
      {"text/html; charset=utf-16le", std::string("a\0b\0", 4), true, "text/html"},
      {"image/png", "\x89PNG\r\n", false, ""},
      {"application/octet-stream", "%PDF-1.4", true, "application/pdf"},
      {"application/octet-stream", "PK\x03\x04", false, ""},
      {"", "  <!DOCTYPE html><p>", true, "text/html"},
      {"", "plain", true, "text/plain"},
      {"garbage", "<?xml version='1.0'?>", true, "application/xml"},
      {"text/html", "", true, "text/html"},
  };
  int number = 0;
  for (const Row& row : rows) {
    const std::string url = "http://a.test/" + std::to_string(++number);
    site.net.set_answer(url, typed(row.type, row.body));
    const auto page = site.get(url);
    EXPECT_EQ(page.has_value(), row.taken) << row.type << " " << row.body;
    if (page && row.taken) EXPECT_EQ(page->media_type, row.seen_as);
    if (!page) EXPECT_EQ(page.error().code(), ErrorCode::Upstream);
  }
}

TEST(Fetcher, TheCallerMayNameItsOwnTypes) {
  FetchSite site({.public_pace = {}});
  site.net.set_default(typed("application/json", "{}"));
  HttpRequest html = request_for("http://a.test/");
  html.accepted = {"text/*"};
  EXPECT_FALSE(site.fetch(html));
  HttpRequest data = request_for("http://a.test/");
  data.accepted = {"application/json"};
  EXPECT_TRUE(site.fetch(data));
  EXPECT_EQ(site.net.seen().back().headers.find("accept"), "application/json");
}

TEST(Fetcher, ASinkDoesNotGetErrorPages) {
  FetchSite site({.public_pace = {}});
  FakeAnswer answer = typed("text/plain", "no such model");
  answer.status = 404;
  site.net.set_default(answer);
  HttpRequest request = request_for("http://a.test/");
  bool called = false;
  request.on_body = [&](std::string_view) -> Result<void> {
    called = true;
    return {};
  };
  const auto page = site.fetch(std::move(request));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "no such model");
  EXPECT_FALSE(called);
}

TEST(Fetcher, ASinkGetsTheBodyInOrderAndMayEndIt) {
  FetchSite site({.public_pace = {}});
  FakeAnswer answer;
  answer.chunks = {std::string(700, 'a'), std::string(700, 'b'), "c"};
  site.net.set_default(answer);
  std::string got;
  HttpRequest request = request_for("http://a.test/");
  request.on_body = [&got](std::string_view bytes) -> Result<void> {
    got += bytes;
    return {};
  };
  const auto page = site.fetch(request);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "");
  EXPECT_EQ(got, std::string(700, 'a') + std::string(700, 'b') + "c");
  request.on_body = [](std::string_view) -> Result<void> {
    return fail(ErrorCode::LimitExceeded, "enough");
  };
  const auto ended = site.fetch(request);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::LimitExceeded);
}

// Politeness

TEST(Fetcher, AsksOnePublicHostOnceASecondAndOneAtATime) {
  FetchSite site;
  std::vector<Task<Result<HttpResponse>>> fetches;
  for (const char* url : {"http://a.test/1", "https://a.test/2", "http://a.test/3",
                          "http://b.test/1", "http://a.test./4"}) {
    fetches.push_back(site.fetcher->fetch(request_for(url), {}));
  }
  const auto all = site.loop.run(when_all(site.loop, std::move(fetches)));
  ASSERT_TRUE(all);
  std::vector<TimePoint> starts;
  for (const auto& seen : site.net.seen()) {
    if (seen.url.host() != "b.test") starts.push_back(seen.at);
  }
  ASSERT_EQ(starts.size(), 4U);
  for (std::size_t i = 1; i < starts.size(); ++i) EXPECT_GE(starts[i] - starts[i - 1], 999ms);
  EXPECT_LT(starts.back() - starts.front(), 3100ms);
  EXPECT_EQ(all->at(3)->timings.queued, 0ms);
  EXPECT_GE(all->at(4)->timings.queued, 2900ms);
}

TEST(Fetcher, OneConnectionAtATimeEvenWhenAnswersAreSlow) {
  FetchSite site;
  FakeAnswer slow;
  slow.head_delay = 3s;
  site.net.set_default(slow);
  std::vector<Task<Result<HttpResponse>>> fetches;
  for (int i = 0; i < 4; ++i) {
    fetches.push_back(site.fetcher->fetch(request_for("http://a.test/" + std::to_string(i)), {}));
  }
  ASSERT_TRUE(site.loop.run(when_all(site.loop, std::move(fetches))));
  EXPECT_EQ(site.net.running_max(), 1);
}

TEST(Fetcher, AllowedLoopbackIsNotSlowedDown) {
  FetchSite site({.private_hosts = {"127.0.0.1:9000"}});
  const TimePoint begun = site.loop.now();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(site.get("http://127.0.0.1:9000/"));
  EXPECT_LT(site.loop.now() - begun, 100ms);
}

TEST(Fetcher, LeavesAHostAloneForAsLongAsItAsks) {
  FetchSite site;
  FakeAnswer busy = typed("text/plain", "slow down");
  busy.status = 429;
  busy.headers.add({"Retry-After", "120"});
  site.net.set_answer("http://a.test/", busy);
  const auto first = site.get("http://a.test/");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 429);
  EXPECT_EQ(first->retry_after_s, 120);
  const auto second = site.get("http://a.test/other");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Refused);
  EXPECT_NEAR(second.error().retry_after_s(), 120, 1);
  EXPECT_TRUE(site.get("http://b.test/"));
  (void)site.loop.run_for(121s);
  EXPECT_TRUE(site.get("http://a.test/other"));
}

TEST(Fetcher, WaitsOutAShortRetryAfter) {
  FetchSite site;
  FakeAnswer busy = typed("text/plain", "slow down");
  busy.status = 503;
  busy.headers.add({"Retry-After", "3"});
  site.net.set_answer("http://a.test/", busy);
  ASSERT_TRUE(site.get("http://a.test/"));
  const TimePoint begun = site.loop.now();
  ASSERT_TRUE(site.get("http://a.test/other"));
  EXPECT_GE(site.loop.now() - begun, 2900ms);
}

TEST(Fetcher, AStoppedWaiterDoesNotHoldUpTheOthers) {
  FetchSite site;
  FakeAnswer slow;
  slow.head_delay = 5s;
  site.net.set_default(slow);
  std::stop_source second;
  std::vector<Task<Result<HttpResponse>>> fetches;
  fetches.push_back(site.fetcher->fetch(request_for("http://a.test/1"), {}));
  fetches.push_back(site.fetcher->fetch(request_for("http://a.test/2"), second.get_token()));
  fetches.push_back(site.fetcher->fetch(request_for("http://a.test/3"), {}));
  site.loop.at(site.loop.now() + 2s, [&] { second.request_stop(); });
  const auto all = site.loop.run(when_all(site.loop, std::move(fetches)));
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->at(0));
  EXPECT_EQ(all->at(1).error().code(), ErrorCode::Cancelled);
  EXPECT_TRUE(all->at(2));
}

// Faults

TEST(Fetcher, EveryFailingOperationIsATypedErrorThatNamesTheUrl) {
  for (int n = 1;; ++n) {
    FetchSite site({.public_pace = {}});
    site.net.set_answer("http://a.test/", fake_redirect("http://b.test/?token=hush"));
    site.net.fail_operation(n, ErrorCode::Network);
    const auto page = site.get("http://a.test/");
    if (!site.net.has_failed()) {
      EXPECT_TRUE(page);
      EXPECT_EQ(n, 5);  // two look-ups and two exchanges came before
      break;
    }
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code(), ErrorCode::Network);
    EXPECT_NE(page.error().message().find(n <= 2 ? "http://a.test/" : "http://b.test/"),
              std::string::npos);
    EXPECT_EQ(page.error().message().find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace muai
