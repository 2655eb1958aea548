// Step 13: your own copy. A base model has learnt what animals say. Two copies of it learn what machines say: one with all
// its weights, one with LoRA, small matrices beside frozen weights. Both learn it; what of the animals is left?
//
// Then questions and answers: the loss asks for answers only, and no example hears another (finetune/instruction.hpp).
#include <stepgpt/stepgpt.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

using namespace stepgpt;

using sayings = std::vector<std::pair<std::string, std::string>>;
static const sayings animals{{"cat", "miaow"}, {"dog", "woof"}, {"cow", "moo"}, {"owl", "hoo"}};
static const sayings machines{{"bell", "ding"}, {"clock", "tick"}, {"robot", "beep"}, {"horn", "toot"}};

static std::string story(const sayings& who, std::size_t sentences) {
    const random_numbers draw(7, stream::test);
    std::string text;
    for (std::size_t i = 0; i < sentences; ++i) {
        const auto& [name, sound] = who[draw.below(who.size(), i)];
        text += "the " + name + " says " + sound + ".\n";
    }
    return text;
}

static void learn(gpt<float>& model, const data_folder& data, std::size_t steps) {
    trainer<gpt<float>> run(model, data, {.batch_size = 16, .steps = steps, .lr = 3e-3, .min_lr = 3e-4, .warmup = 20});
    run.quiet = true;
    run.train();
}

static double loss_on(const gpt<float>& model, const data_folder& data) {
    gpt<float>::cache cache;
    return evaluate(model, data.val, 16, cache).loss;
}

int main() {
    const std::string of_animals = story(animals, 2000), of_machines = story(machines, 500);
    const tokenizer tokens = character_tokens(of_animals + of_machines);
    prepare_text(of_animals, tokens, "animals");
    prepare_text(of_machines, tokens, "machines");
    const data_folder old_text("animals"), new_text("machines");

    gpt<float> base({.vocab_size = tokens.vocab_size(), .block_size = 32, .n_layer = 2, .n_head = 2, .n_embd = 32});
    learn(base, old_text, 400);
    save_pretrained("base", base, tokens);

    auto whole = load_pretrained<gpt<float>>("base");
    learn(whole, new_text, 200);

    auto adapted = load_pretrained<gpt<float>>("base");
    const adapter_settings settings{.base = "base", .rank = 4, .alpha = 16, .targets = {"all-linear"}};
    const std::size_t few = add_lora(adapted, settings, 1);
    learn(adapted, new_text, 200);

    const auto show = [&](const char* name, gpt<float>& model, std::size_t learning) {
        const auto moved = changes("base", parameters(model));
        std::size_t same = 0;
        for (const auto& c : moved) same += c.same_bits;
        std::printf("%-12s %8zu %12.3f %12.3f %17zu\n", name, learning, loss_on(model, old_text), loss_on(model, new_text), same);
        return std::pair(loss_on(model, old_text), loss_on(model, new_text));
    };
    std::printf("%-12s %8s %12s %12s %17s\n", "", "learning", "animals", "machines", "tensors as before");
    const auto [base_old, base_new] = show("base", base, 0);
    const auto [whole_old, whole_new] = show("all weights", whole, parameter_count(base.config));
    const auto [lora_old, lora_new] = show("LoRA", adapted, few);

    save_lora("adapter", adapted, settings);                          // what PEFT reads
    merge_lora(adapted);                                              // what everything else reads
    save_pretrained("own", adapted, tokens);
    const double merged = loss_on(load_pretrained<gpt<float>>("own"), new_text);

    std::puts("\nquestions and answers");
    std::string lines;
    for (const auto& who : {animals, machines})
        for (const auto& [name, sound] : who)
            for (const char* ask : {"says", "said"})
                lines += json{{"prompt", "the " + name + " " + ask + " "}, {"completion", sound}}.dump() + "\n";
    write_instructions("answers", tokens, parse_instructions(lines, "answers", tokens, 32), 0.2);
    const data_folder answers("answers");
    auto answering = load_pretrained<gpt<float>>("own");
    learn(answering, answers, 100);
    const writing how{.count = 10, .how = {.temperature = 0}, .stops = {"\n\n"}};
    int right = 0;
    const sayings asked{{"the cat says ", "miaow"}, {"the robot says ", "beep"}};
    const auto written = complete(answering, tokens, std::vector<std::string>{asked[0].first, asked[1].first}, how);
    for (std::size_t i = 0; i < 2; ++i) {
        std::printf("  %s-> %s\n", asked[i].first.c_str(), written[i].text.c_str());
        right += written[i].text == asked[i].second && written[i].why == ending::stop;
    }

    const bool learnt = whole_new < base_new / 2 && lora_new < base_new / 2;
    const bool forgotten = whole_old > 1.2 * base_old && lora_old > 1.2 * base_old;
    std::printf("\nboth have learnt the machines: %s\n", learnt ? "yes" : "no");
    std::printf("both have forgotten something of the animals: %s\n", forgotten ? "yes" : "no");
    std::printf("with the adapter merged it is the same model: %s\n", std::abs(merged - lora_new) < 1e-4 ? "yes" : "no");
    std::printf("questions answered, and no word more: %d of 2\n", right);
    return learnt && forgotten && std::abs(merged - lora_new) < 1e-4 && right == 2 ? 0 : 1;
}
