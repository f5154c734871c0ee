#pragma once

// Trace records for tests: one that fills every member, and arbitrary ones.

#include <fstream>
#include <iterator>
#include <string>

#include "muai/trace/record.h"

namespace muai::testing {

inline StepRecord full_step(const std::string& name) {
  StepRecord step;
  step.step_name = name;
  step.node = name + "_node";
  step.parent = "outer";
  step.attempt = 2;
  step.start_time = 1764075600.25;
  step.end_time = 1764075600.375;
  step.latency_ms = 125.5;
  step.vram_peak_mb = 512;
  step.model_loads = 1;
  step.prompt_tokens = 100;
  step.completion_tokens = 20;
  step.cost_micro_usd = 30;
  step.models = {"small"};
  step.model_events = {{ModelEventKind::Evict, "large", "out of memory", 1764075600.3}};
  step.tool_calls = {
      {"fetch_url", R"({"url":"https://a.example/"})", 1764075600.26, 12.5, false, "timeout"}};
  step.recordings = {{RecordingKind::Model, "small", std::string(64, 'a'), "The answer. 答案。"}};
  step.inputs = {{"question", std::string(64, 'b')}};
  step.outputs = {{"docs", std::string(64, 'c')}};
  step.notes = {"page https://b.example/ failed: timeout"};
  return step;
}

inline TraceRecord full_record(const std::string& id) {
  TraceRecord record;
  record.request_id = id;
  record.conversation_id = "c-7";
  record.question = "Why is the sky \"blue\"?\n天为什么是蓝的？";
  record.chosen_workflow = "search_qa";
  record.router_version = "v1";
  record.mode = "chat";
  record.turn_index = 3;
  record.timestamp = 1764075600.123456;
  record.success = false;
  record.error = ErrorRecord{"no page answered", "network", "in search_qa/fetch\nsrc/x.cpp:1 f"};
  record.candidates = {{"search_qa", 0.92}, {"chat_generate", 0.1}};
  record.route_reasons = {"keyword 'why'"};
  record.propensity = 0.9;
  record.explored = true;
  record.greedy_workflow = "chat_generate";
  record.final_answer = "Light scatters. [1]";
  record.urls_used = {"https://a.example/"};
  record.citations = {"https://a.example/"};
  record.citation_counts = {1};
  record.citation_spans = {{1, "https://a.example/", "Sky", 10, 26, 12, 28, "Light scatters.",
                            std::string(64, 'd'), 1764075600.5, ""}};
  record.quality_signals = {1, 19, true, true, false, true};
  record.cost_stats = {{"latency_ms", 251}, {"normalized_cost", 0.0125}};
  record.wall_ms = 260.75;
  record.prompt_tokens = 200;
  record.completion_tokens = 40;
  record.cost_micro_usd = 60;
  record.retries = 1;
  record.models = {"small", "large"};
  record.given = R"({"question":"Why?"})";
  record.notes = {"ran without a network"};
  record.steps = {full_step("web_search"), full_step("fetch_url")};
  record.steps[1].success = false;
  record.steps[1].error = ErrorRecord{"timeout", "timeout", "in search_qa/fetch_url/2"};
  return record;
}

inline std::string file_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace muai::testing
