#include "net/curl_multi.h"

#include <chrono>

namespace muai {
namespace {

// Idle connections that are kept for the next request.
constexpr long kIdleConnectionsMax = 32;

Interest interest_of(int what) {
  if (what == CURL_POLL_IN) return Interest::Read;
  return what == CURL_POLL_OUT ? Interest::Write : Interest::ReadWrite;
}

}  // namespace

// One easy handle inside the multi handle. Lives in the frame of `perform`, so that a destroyed
// frame withdraws its transfer.
class CurlMulti::Transfer {
 public:
  Transfer(CurlMulti& multi, CURL* easy) : multi_(multi), easy_(easy), done_(multi.loop_) {
    curl_easy_setopt(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
    added_ = curl_multi_add_handle(multi_.multi_, easy_) == CURLM_OK;
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    if (added_) curl_multi_remove_handle(multi_.multi_, easy_);
  }

  bool is_added() const { return added_; }
  OneShot<CURLcode>& done() { return done_; }

 private:
  CurlMulti& multi_;
  CURL* easy_;
  OneShot<CURLcode> done_;
  bool added_ = false;
};

CurlMulti::CurlMulti(AsioLoop& loop) : loop_(loop), multi_(curl_multi_init()) {
  MUAI_CHECK(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::socket_changed);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::timer_changed);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
}

CurlMulti::~CurlMulti() {
  curl_multi_cleanup(multi_);
  loop_.cancel(timer_);
}

int CurlMulti::socket_changed(CURL*, curl_socket_t fd, int what, void* self, void*) {
  static_cast<CurlMulti*>(self)->watch(fd, what);
  return 0;
}

void CurlMulti::watch(curl_socket_t fd, int what) {
  // The old watch goes first: there is one for each descriptor.
  watches_.erase(fd);
  if (what == CURL_POLL_REMOVE) return;
  watches_[fd] = loop_.watch_fd(fd, interest_of(what), [this, fd](FdReady ready) {
    act(fd, (ready.read ? CURL_CSELECT_IN : 0) | (ready.write ? CURL_CSELECT_OUT : 0));
  });
}

int CurlMulti::timer_changed(CURLM*, long timeout_ms, void* self) {
  auto& multi = *static_cast<CurlMulti*>(self);
  multi.loop_.cancel(multi.timer_);
  multi.timer_ = TimerId::None;
  if (timeout_ms < 0) return 0;
  // A timer, also for "now": curl must not be entered from its own callback.
  multi.timer_ =
      multi.loop_.at(multi.loop_.now() + std::chrono::milliseconds{timeout_ms}, [&multi] {
        multi.timer_ = TimerId::None;
        multi.act(CURL_SOCKET_TIMEOUT, 0);
      });
  return 0;
}

void CurlMulti::act(curl_socket_t fd, int ready) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, ready, &running);
  finish_transfers();
}

// Coroutines resume through the loop's queue: they may add and remove transfers, which must not
// happen while curl is on the stack.
void CurlMulti::finish_transfers() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* transfer = nullptr;
    const CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    static_cast<Transfer*>(transfer)->done().sender().send(code);
  }
}

Task<Result<CURLcode>> CurlMulti::perform(CURL* easy, std::stop_token stop) {
  Transfer transfer(*this, easy);
  if (!transfer.is_added()) co_return fail(ErrorCode::Network, "libcurl took no more transfers");
  auto code = co_await transfer.done().wait(std::move(stop));
  co_return code;
}

}  // namespace muai
