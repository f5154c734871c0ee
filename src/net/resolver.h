#pragma once

// DNS without threads: c-ares on the loop.

#include <stop_token>
#include <string>
#include <vector>

#include "muai/async/asio_loop.h"
#include "muai/async/task.h"
#include "muai/core/result.h"
#include "muai/net/address.h"

namespace muai {

// Every A and AAAA address of `host`, by /etc/hosts and the name servers of /etc/resolv.conf, both
// read anew each time; search domains are not tried. Each address once. Fails with Network when
// there is none or no server answers within about 8 s, Cancelled promptly after `stop`. Loop
// thread only.
Task<Result<std::vector<Address>>> resolve_host(AsioLoop& loop, std::string host,
                                                std::stop_token stop);

// The same, asking the name servers "ADDRESS:PORT,..." instead.
Task<Result<std::vector<Address>>> resolve_host_at(AsioLoop& loop, std::string servers,
                                                   std::string host, std::stop_token stop);

}  // namespace muai
