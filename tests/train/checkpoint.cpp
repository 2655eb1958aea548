#include <stepgpt/train/checkpoint.hpp>

#include <set>

#include "checkpoint_support.hpp"

using namespace stepgpt;
using test::save;
using test::small_model;
namespace fs = std::filesystem;

namespace {

std::string message(auto&& action) {
    try {
        action();
    } catch (const error& e) {
        return e.what();
    }
    return "no error";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a checkpoint gives back every bit") {
    test::temporary_folder folder;
    save(folder.path(), 2000);
    const checkpoint last(folder / "checkpoint-002000");
    CHECK(last.step() == 2000);
    CHECK(last.state().get<std::size_t>("tokens") == 200'000);
    CHECK(last.state().get<double>("best_loss") == 0.1);
    small_model model;
    last.load(model.weights(), model.moments());
    CHECK(model == small_model(2000));

    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(last.path())) names.insert(entry.path().filename());
    CHECK(names == std::set<std::string>{"config.json", "model.safetensors", "optimizer.safetensors",
                                         "trainer_state.json"});
    CHECK(test::read(last.path() / "config.json") == "{\"n_layer\": 1}");
}

TEST_CASE("names sort by step, and only finished checkpoints count") {
    CHECK(checkpoint_name(7) == "checkpoint-000007");
    CHECK(checkpoint_name(12'345'678) == "checkpoint-12345678");
    test::temporary_folder folder;
    for (const auto* name : {"checkpoint-000300", "checkpoint-000020", "checkpoint-1000000", "checkpoint-20",
                             "checkpoint-", "checkpoint-000300.tmp.77", "checkpoint-000040x", "checkpoint--00050"})
        fs::create_directories(folder / name);
    CHECK(checkpoint_steps(folder.path()) == std::vector<std::size_t>{20, 300, 1'000'000});
    CHECK(checkpoint_steps(folder / "absent").empty());
}

TEST_CASE("the newest checkpoint that verifies is taken, damaged ones are named and kept") {
    test::temporary_folder folder;
    CHECK(!newest_checkpoint(folder.path()));
    for (const std::size_t step : {100, 200, 300}) save(folder.path(), step);
    CHECK(newest_checkpoint(folder.path())->step() == 300);

    fs::resize_file(folder / "checkpoint-000300" / "model.safetensors", 100);
    std::vector<std::string> told;
    CHECK(newest_checkpoint(folder.path(), [&](const error& e) { told.push_back(e.what()); })->step() == 200);
    REQUIRE(told.size() == 1);
    CHECK(has(told[0], "checkpoint-000300/model.safetensors"));

    fs::remove(folder / "checkpoint-000200" / "optimizer.safetensors");
    fs::remove_all(folder / "checkpoint-000100");
    CHECK(!newest_checkpoint(folder.path()));
    CHECK(fs::exists(folder / "checkpoint-000200"));
    CHECK(fs::exists(folder / "checkpoint-000300"));
}

TEST_CASE("old checkpoints go, the last three and the best stay") {
    test::temporary_folder folder;
    for (std::size_t step = 100; step <= 700; step += 100) {
        save(folder.path(), step);
        drop_old_checkpoints(folder.path(), step, 3, {200});
    }
    CHECK(checkpoint_steps(folder.path()) == std::vector<std::size_t>{200, 500, 600, 700});

    for (const std::size_t step : {800, 900, 1000}) fs::create_directory(folder / checkpoint_name(step));
    save(folder.path(), 750);                              // three later ones do not verify: the run went on from 700
    drop_old_checkpoints(folder.path(), 750, 2);
    CHECK(newest_checkpoint(folder.path())->step() == 750);
    CHECK(checkpoint_steps(folder.path()) == std::vector<std::size_t>{700, 750, 800, 900, 1000});
}

TEST_CASE("a step that is saved again replaces the folder") {
    test::temporary_folder folder;
    save(folder.path(), 100);
    test::write(folder / "checkpoint-000100" / "config.json", "damaged");
    CHECK(!newest_checkpoint(folder.path()));
    save(folder.path(), 100);
    CHECK(newest_checkpoint(folder.path())->step() == 100);
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("weights that are not finite are not saved") {
    test::temporary_folder folder;
    small_model model(5);
    model.weight.value.data()[7] = NAN;
    const auto text = message([&] { save_checkpoint(folder.path(), 5, model.weights(), model.moments(), {}); });
    CHECK(has(text, "h.0.weight: 1 of 12 values not finite, the first at index 7"));
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("checkpoints of others, of other models and of other precisions are refused") {
    test::temporary_folder folder;
    save(folder.path(), 100);
    const auto path = folder / "checkpoint-000100";
    const checkpoint good(path);
    small_model model;

    auto other = model.weights();
    other[0].name = "h.0.weigth";
    CHECK(has(message([&] { good.load(other, model.moments()); }), "no 'h.0.weigth' (but 'h.0.weight'); 'h"));
    other = model.weights();
    other[0].shape = {3, 4};
    CHECK(has(message([&] { good.load(other, model.moments()); }), "'h.0.weight' (4, 3) instead of (3, 4), tr"));
    std::vector<double> wide(15);
    const std::vector<parameter_view<double>> doubles{{"h.0.bias", {3}, wide.data(), nullptr, 3, nullptr}};
    CHECK(has(message([&] { good.load(doubles, doubles); }), "found F32, wanted F64"));

    fs::create_directories(folder / "hf" / "checkpoint-000500");
    test::write(folder / "hf" / "checkpoint-000500" / "optimizer.pt", "PK");
    CHECK(has(message([&] { checkpoint theirs(folder / "hf" / "checkpoint-000500"); }), "can be trained further"));
    CHECK(has(message([&] { checkpoint none(folder / "absent"); }), "No such file or directory"));

    fs::rename(path, folder / "checkpoint-000900");
    CHECK(has(message([&] { checkpoint renamed(folder / "checkpoint-000900"); }), "'step': found 100"));
}

TEST_CASE("a changed state is refused, whatever was changed") {
    test::temporary_folder folder;
    save(folder.path(), 100);
    const auto path = folder / "checkpoint-000100" / "trainer_state.json";
    const auto original = test::read(path);
    const auto with = [&](auto&& change) {
        auto state = json::parse(original);
        change(state);
        test::write(path, state.dump());
        return message([&] { checkpoint changed(folder / "checkpoint-000100"); });
    };
    const auto rehashed = [](json& state) { state["checksum"] = detail::state_hash(state); };
    CHECK(with([](json&) {}) == "no error");                   // other white space
    CHECK(has(with([](json& s) { s["best_loss"] = 0.2; }), "'checksum': found"));
    CHECK(has(with([](json& s) { s.erase("checksum"); }), "'checksum': found no such field"));
    CHECK(has(with([](json& s) { s["version"] = 99; }), "'version': found 99, wanted 1"));
    CHECK(has(with([](json& s) { s["format"] = "other"; }), "some other program"));
    CHECK(has(with([](json& s) { s = json::array(); }), "found an array, wanted an object"));
    CHECK(has(with([&](json& s) { s["files"]["../../secret"] = "0"; rehashed(s); }), "found a path"));
    CHECK(has(with([&](json& s) { s["files"]["config.json"] = 7; rehashed(s); }), "config.json: found checksum"));
    CHECK(has(with([&](json& s) { s["files"] = 7; rehashed(s); }), "'files': found the number 7"));
    CHECK(has(with([&](json& s) { s["step"] = -1; rehashed(s); }), "'step': found the number -1"));
    test::write(path, original.substr(0, original.size() / 2));
    CHECK(has(message([&] { checkpoint cut(folder / "checkpoint-000100"); }), "trainer_state.json, line"));
}

TEST_CASE("a bit that flips anywhere in a checkpoint is found") {
    test::temporary_folder folder;
    save(folder.path(), 100);
    const auto path = folder / "checkpoint-000100";
    for (const auto* name : {"model.safetensors", "optimizer.safetensors", "config.json"}) {
        const auto bytes = test::read(path / name);
        for (std::size_t i = 0; i < bytes.size(); i += 7) {
            const auto put = [&](int byte) {
                std::fstream file(path / name, std::ios::in | std::ios::out | std::ios::binary);
                file.seekp(static_cast<std::streamoff>(i)).put(static_cast<char>(byte));
            };
            put(bytes[i] ^ 1 << i % 8);
            CAPTURE(name);
            CAPTURE(i);
            CHECK(has(message([&] { checkpoint damaged(path); }), name));
            put(bytes[i]);
        }
    }
    CHECK(message([&] { checkpoint good(path); }) == "no error");
}
