// sample: a model folder in, text out, as it is written.
#include <stepgpt/stepgpt.hpp>

#include "model_choice.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
    using namespace stepgpt;
    std::filesystem::path folder;
    std::string prompt = "\n", device = "simd";
    std::size_t count = 500;
    int threads = 0;
    sampling how{.temperature = 0.8};

    CLI::App app("Let a model continue a text.", "sample");
    app.add_option("--model", folder, "model folder, written by train")->required();
    app.add_option("--prompt", prompt, "text to continue (default: a new line)");
    app.add_option("--tokens", count, "how many tokens to write")->capture_default_str();
    app.add_option("--temperature", how.temperature, "below 1: likelier choices; 0: always the likeliest")->capture_default_str();
    app.add_option("--top-k", how.top_k, "choose among the k likeliest; 0: all")->capture_default_str();
    app.add_option("--top-p", how.top_p, "choose among the fewest that have this probability together")->capture_default_str();
    app.add_option("--seed", how.seed, "the same seed writes the same text")->capture_default_str();
    app.add_option("--device", device, "cpu (plain loops) or simd (fast)")->capture_default_str();
    app.add_option("--threads", threads, "0: all cores")->capture_default_str();

    return run_program(app, argc, argv, [&] {
        if (threads != 0) set_thread_count(threads);
        check(how);
        const tokenizer tokens = load_tokenizer(folder);
        return with_model(device, "float", [&](auto type) {
            const auto model = load_pretrained<typename decltype(type)::type>(folder);
            expect_vocabulary(model, tokens, folder);
            std::fputs(prompt.c_str(), stdout);
            generate(model, tokens, prompt, count, how, [](std::string_view part) {
                std::fwrite(part.data(), 1, part.size(), stdout);
                std::fflush(stdout);
            });
            std::fputc('\n', stdout);
            return 0;
        });
    });
}
