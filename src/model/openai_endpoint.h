#pragma once

#include <cstdint>
#include <string>

#include "muai/net/url.h"
#include "muai/trace/redact.h"

namespace muai {

// An OpenAI-compatible endpoint as one model sees it.
struct OpenAiEndpoint {
  // What the paths are added to: "http://127.0.0.1:11434/v1". Its origin must be known to the
  // fetcher (Fetcher::add_origin); for a UNIX socket any host will do,
  // "http://llama-1.localhost/v1".
  Url base;
  // How messages name it; empty for a server of our own, whose address tells nobody anything.
  std::string place = {};
  std::string model;  // as the endpoint calls it
  std::string name;   // as we call it: Generation::model, and how messages begin
  // What its context holds, as configured: a prompt that is certainly longer is not sent. 0: ask
  // it.
  std::int64_t context_tokens = 0;
  // "the variable OPENAI_API_KEY", "the file /etc/muai/key": where a refused key must be mended.
  // Empty: no key is configured.
  std::string key_place = {};
  // Takes the key out of what the endpoint says, as some repeat it.
  Redactor redactor = {};
};

}  // namespace muai
