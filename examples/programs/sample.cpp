// sample: a model folder in, text out, as it is written; or a conversation.
#include <stepgpt/stepgpt.hpp>

#include "model_choice.hpp"
#include "program.hpp"

#include <iostream>

namespace {

using namespace stepgpt;

struct settings {
    std::filesystem::path folder, adapter;
    std::vector<std::string> prompts{"\n"};
    std::string device = "simd", precision = "float";
    writing how{.count = 500, .how = {.temperature = 0.8}};
    int threads = 0;
    bool chat = false;
};

void add_flags(CLI::App& app, settings& s) {
    auto& how = s.how.how;
    app.add_option("--model", s.folder, "model folder, written by train or finetune, or a published GPT-2")->required();
    app.add_option("--adapter", s.adapter, "LoRA adapter folder, ours or PEFT's, for this model");
    app.add_option("--prompt", s.prompts, "text to continue; several: all at once (default: a new line)");
    app.add_flag("--chat", s.chat, "talk with a model that was taught questions and answers; an empty line ends it");
    app.add_option("--tokens", s.how.count, "how many tokens to write at most")->capture_default_str();
    app.add_option("--temperature", how.temperature, "below 1: likelier choices; 0: always the likeliest")->capture_default_str();
    app.add_option("--top-k", how.top_k, "choose among the k likeliest; 0: all")->capture_default_str();
    app.add_option("--top-p", how.top_p, "choose among the fewest that have this probability together")->capture_default_str();
    app.add_option("--min-p", how.min_p, "leave out what is less than this times as probable as the likeliest")
        ->capture_default_str();
    app.add_option("--repetition-penalty", how.repetition_penalty, "above 1: what is there already becomes less likely")
        ->capture_default_str();
    app.add_option("--stop", s.how.stops, "end before this text; may be given several times");
    app.add_option("--seed", how.seed, "the same seed writes the same text")->capture_default_str();
    app.add_flag("--scores", s.how.scored, "then list each token with its probability");
    app.add_option("--device", s.device, device_help)->capture_default_str();
    app.add_option("--precision", s.precision, precision_help)->capture_default_str();
    app.add_option("--threads", s.threads, "0: all cores")->capture_default_str();
}

void put(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void list_scores(const completion& done, const tokenizer& tokens) {
    std::printf("\n");
    for (std::size_t i = 0; i < done.ids.size(); ++i)
        std::printf("%10.6f  %s\n", std::exp(done.log_probabilities[i]), tokens.show(done.ids[i]).c_str());
}

// One prompt is shown while it is written, several when all are done.
template <class Model>
void write_texts(const settings& s, const Model& model, const tokenizer& tokens) {
    std::vector<std::vector<token>> ids;
    for (const auto& prompt : s.prompts) ids.push_back(tokens.encode(prompt));
    const bool streams = s.prompts.size() == 1;
    if (streams) put(s.prompts[0]);
    const auto done = complete(model, tokens, ids, s.how, [&](std::size_t, std::string_view part) {
        if (streams) put(part);
    });
    for (std::size_t i = 0; i < done.size(); ++i) {
        if (!streams) put(s.prompts[i] + done[i].text + "\n\n");
        if (s.how.scored) list_scores(done[i], tokens);
    }
    if (streams) put("\n");
}

// A question, up to where the answer begins. `asked`: the model has written the mark of a question itself, and was stopped.
std::vector<token> question_ids(const tokenizer& tokens, const std::string& question, bool asked) {
    std::vector<token> ids;
    for (const auto& t : turns_of({{"user", question}, {"assistant", ""}})) {
        const std::size_t written = asked && ids.empty() ? std::string_view(question_mark).size() : 0;
        if (!t.answer) tokens.encode(t.text.substr(written), ids);
    }
    return ids;
}

// Question and answer by turns. What has been said stays, as far as the model can see; its keys and values are kept too.
template <class Model>
void talk(const settings& s, const Model& model, const tokenizer& tokens) {
    const auto ends = answer_end(tokens);
    std::optional<generator<Model>> writer;
    bool asked = false, cut = false;                       // how the last answer ended: in a question, or by its length
    for (std::string question; put("> "), std::getline(std::cin, question) && !question.empty();) {
        std::vector<token> said = cut ? ends : std::vector<token>();
        try {
            const auto ids = question_ids(tokens, question, asked);
            said.insert(said.end(), ids.begin(), ids.end());
        } catch (const error& e) {                         // a character that the model does not know: ask again
            std::fprintf(stderr, "%s\n", e.what());
            continue;
        }
        if (writer) writer->add(said);
        else writer.emplace(model, said, s.how.how);
        stream_decoder decoder(tokens);
        std::vector<std::string> stops = s.how.stops;
        stops.push_back("\n" + std::string(question_mark));
        if (ends.size() != 1) stops.push_back(tokens.decode(ends));
        stop_text out(stops);
        std::string written;
        bool ended = false;
        for (std::size_t i = 0; i < s.how.count && !out.stopped() && !ended; ++i) {
            const token next = writer->next();
            ended = ends.size() == 1 && next == ends[0];
            if (!ended) written += tokens.bytes(next), put(out.push(decoder.push(next)));
        }
        if (!out.stopped()) put(out.push(decoder.finish()) + out.finish());
        asked = written.ends_with("\n" + std::string(question_mark));
        cut = !ended && !out.stopped();
        put("\n");
    }
    put("\n");
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    CLI::App app("Let a model continue a text, or talk with it.", "sample");
    add_flags(app, s);
    return run_program(app, argc, argv, [&] {
        if (s.threads != 0) set_thread_count(s.threads);
        check(s.how.how);
        return with_model(s.device, s.precision, [&](auto type) {
            auto model = load_pretrained<typename decltype(type)::type>(s.folder);
            const tokenizer tokens = load_tokenizer(s.folder);
            expect_vocabulary(model, tokens, s.folder);
            s.how.end = end_of_text(s.folder, tokens);
            if (!s.adapter.empty()) {
                load_lora(model, s.adapter);
                merge_lora(model);
            }
            if (s.chat) talk(s, model, tokens);
            else write_texts(s, model, tokens);
            return 0;
        });
    });
}
