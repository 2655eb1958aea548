#include <stepgpt/finetune/instruction.hpp>

#include "../support.hpp"

#include <string>
#include <vector>

#include <stepgpt/train/trainer.hpp>

using namespace stepgpt;

namespace {

const tokenizer bytes = byte_tokenizer();

// What is asked for is shown in capitals.
std::string shown(const instruction& x) {
    std::string text;
    for (std::size_t i = 0; i < x.ids.size(); ++i)
        text += static_cast<char>(x.roles[i] == role::answer ? std::toupper(x.ids[i]) : x.ids[i]);
    return text;
}

std::string complaint_about(const std::string& text, std::size_t block_size = 40) {
    try {
        parse_instructions(text, "chat.jsonl", bytes, block_size);
    } catch (const error& e) {
        return e.what();
    }
    return "accepted";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string good = R"({"prompt": "a", "completion": "b"})" "\n";

}  // namespace

TEST_CASE("instructions: the two forms, and what of them is asked for") {
    const auto all = parse_instructions(R"({"prompt": "the sky is", "completion": " blue", "source": 7})" "\n\n"
                                        R"({"messages": [{"role": "system", "content": "be brief"},)"
                                        R"({"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"},)"
                                        R"({"role": "user", "content": "bye"}, {"role": "assistant", "content": "ta"}]})",
                                        "chat.jsonl", bytes, 200);
    REQUIRE(all.size() == 2);
    CHECK(shown(all[0]) == "the sky is BLUE\n\n");
    CHECK(shown(all[1]) == "System: be brief\nUser: hi\nAssistant: HO\n\nUser: bye\nAssistant: TA\n\n");
    CHECK(all[0].roles[0] == role::first);

    auto with_end = bytes;
    const token end = with_end.add_special("<|endoftext|>");
    CHECK(parse_instructions(good + good, "", with_end, 9)[0].ids == std::vector<token>{'a', 'b', end});
}

TEST_CASE("instructions: what is wrong is said with its line") {
    CHECK(complaint_about(good + good) == "accepted");
    CHECK(complaint_about(good) == "chat.jsonl: found 1 examples, wanted at least two: one to learn from, one to be judged by");
    for (const auto& [line, wanted] : std::vector<std::pair<std::string, std::string>>{
             {"{", "syntax error"},
             {"[1, 2]", "found an array, wanted an object"},
             {"hello", "syntax error"},
             {R"({"prompt": "a", "completion": "b"} x)", "syntax error"},
             {R"({"prompt": "a", "completion": )", "syntax error"},
             {R"({"prompt": "a", "prompt": "b", "completion": "c"})", "a key twice"},
             {"{\"prompt\": \"a\", \"completion\": \"\xff\"}", "ill-formed UTF-8"},
             {R"({"question": "a", "answer": "b"})", "found neither of the two forms"},
             {R"({"prompt": "a"})", "found neither of the two forms"},
             {R"({"prompt": 3, "completion": "b"})", "'prompt': found the number 3, wanted a text"},
             {R"({"prompt": "a", "completion": null})", "found neither of the two forms"},
             {R"({"prompt": "", "completion": "b"})", "found an empty prompt"},
             {R"({"prompt": "a", "completion": ""})", "found an empty answer"},
             {R"({"messages": []})", "'messages': found [], wanted a list"},
             {R"({"messages": "hi"})", "wanted a list of messages"},
             {R"({"messages": [1]})", "found the number 1, wanted an object"},
             {R"({"messages": [{"role": "user"}]})", "'content': found no such field"},
             {R"({"messages": [{"role": "user", "content": "a"}]})", "ends with the user, wanted an answer at the end"},
             {R"({"messages": [{"role": "bot", "content": "a"}, {"role": "assistant", "content": "b"}]})", "'role': found 'bot'"},
             {R"({"prompt": "12345678901234567890", "completion": "12345678901234567890"})",
              "found 42 tokens, wanted at most 41"}}) {
        const std::string refused = line;
        CAPTURE(refused);
        const auto said = complaint_about(good + "\n" + line + "\n" + good);
        CHECK(has(said, "chat.jsonl, line 3"));
        CHECK(has(said, wanted));
    }
}

TEST_CASE("instructions: a data folder of them trains, and is judged by answers alone") {
    test::temporary_folder folder;
    std::string lines;
    for (const char* animal : {"cat", "dog", "cow", "hen"})
        for (const char* sound : {"says", "cries"}) {
            const std::string answer = animal[0] == 'c' ? " moo" : " oink";
            lines += R"({"prompt": "the )" + std::string(animal) + " " + sound + R"(", "completion": ")" + answer + "\"}\n";
        }
    const auto all = parse_instructions(lines, "farm.jsonl", bytes, 32);
    write_instructions(folder / "data", bytes, all, 0.25, "farm.jsonl");
    const data_folder data(folder / "data");
    REQUIRE(data.train_roles);
    CHECK(data.train_roles->size() == data.train.size());

    gpt<float> model({.vocab_size = 256, .block_size = 32, .n_layer = 1, .n_head = 2, .n_embd = 32}, 1);
    const train_options options{.batch_size = 2, .steps = 60, .lr = 1e-2, .min_lr = 1e-3, .warmup = 5, .eval_every = 30};
    trainer<gpt<float>> run(model, data, options, folder / "out");
    run.quiet = true;
    const auto result = run.train();
    CHECK(result.how == outcome::finished);
    CHECK(result.validation.loss < 2);                              // ln 256 = 5.5
    gpt<float>::cache cache;
    CHECK(evaluate(model, examples(data.val, *data.val_roles, 32), 2, 32, cache).tokens == result.validation.tokens);
    CHECK(result.validation.tokens == 2 * 7);                       // " oink" and two line ends, twice
    CHECK(json::parse(test::read(folder / "out/stepgpt.json"))["settings"]["learns"] == "all weights");
}
