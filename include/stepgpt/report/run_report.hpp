// All that a report can show of a run, as plain data. What is left empty is left out of the page.
//
// Not here: where the numbers come from (train/, generate/), and what they look like (html.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <stepgpt/report/csv.hpp>

namespace stepgpt {

struct run_report {
    struct fact {
        std::string name, value;
    };
    struct baseline {                          // nats a token, on the validation split
        std::string name;                      // the one named "uniform" is ln V
        double loss = 0;
    };
    struct sample {
        std::size_t step = 0;                  // updates taken when it was written
        std::string text;
    };
    struct tensor_updates {
        std::string name;                      // h.0.attn.c_attn.weight
        std::vector<double> ratios;            // |update| / |weights|, in the order of time
    };
    struct attention_map {
        std::size_t layer = 0, head = 0;
        std::vector<float> weights;            // (T,T): row t looks at columns 0 .. t
    };
    struct guess {
        std::string token;
        double p = 0;
    };
    struct scored_token {
        std::string token;
        double p = 1;                          // what the model gave it; of the first token, which nothing precedes, 1
        std::vector<guess> best = {};          // what it would rather have seen, most likely first
    };
    struct duration {
        std::string name;
        double ms = 0;
    };

    std::string title = "A training run";
    std::vector<fact> facts = {};                      // config, data and its hash, seed, time, device
    std::vector<std::string> remarks = {};             // the doctor's
    std::vector<run_row> rows = {};                    // of log.csv
    std::vector<baseline> baselines = {};
    std::optional<double> floor = {};                  // the least loss any model can reach on this text, if known
    std::vector<sample> samples = {};                  // in order of step
    std::vector<tensor_updates> updates = {};
    std::vector<std::string> attention_tokens = {};    // T, of one sentence
    std::vector<attention_map> attention = {};
    std::vector<scored_token> scored = {};             // one text
    std::vector<duration> durations = {};              // of the parts of a step
};

}  // namespace stepgpt
