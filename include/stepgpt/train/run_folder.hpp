// The folder of a run, and what is in it:
//
//     out/my-model/
//         checkpoint-000250/       all of it or nothing: model.safetensors, config.json, tokenizer.json,
//         checkpoint-000500/       optimizer.safetensors, trainer_state.json; the last 3 and the best are kept
//         model.safetensors        in the end the best model, as a Hugging Face folder,
//         config.json  ...
//         stepgpt.json             and where it comes from: parent, data, seed, settings, steps
//
// It is probed for writing, for room and for a second process before the first step. Not here: the loop (trainer.hpp), what
// makes a file safe (core/file.hpp), which checkpoint is whole (checkpoint.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/core/folder.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/format/weights.hpp>
#include <stepgpt/token/tokenizer_files.hpp>
#include <stepgpt/train/checkpoint.hpp>
#include <stepgpt/train/learner.hpp>
#include <stepgpt/train/run_state.hpp>

namespace stepgpt {

template <class Model>
class run_folder {
public:
    using Real = typename Model::real;

    run_folder(const std::filesystem::path& path, Model& model, const data_folder& data, const train_options& options,
               bool resume)
        : folder_(path, room(model)), model_(model), data_(data), settings_(to_json(options)) {
        settings_["data"] = hash_text(hash_of(data.train, data.val));
        settings_["tokenizer"] = hash_text(data.text.hash());
        settings_["model"] = size_name();
        settings_["precision"] = sizeof(Real) == 8 ? "double" : "float";
        if (!resume && !checkpoints(path).empty())
            throw error({.where = path.string(), .found = "the checkpoints of another run", .wanted = "a folder of its own",
                         .hint = "--resume continues that run; another --out begins a new one"});
    }

    const std::filesystem::path& path() const { return folder_.path(); }

    // One checkpoint, named after the steps taken.
    void save(run_state state, learner<Model>& learner) {
        state.optimizer_steps = learner.rule().t();
        staged_folder stage(checkpoint_path(path(), state.step));
        save_pretrained(stage, model_);
        stage.write("tokenizer.json", tokenizer_json(data_.text));
        stage.write("optimizer.safetensors", [&](output_file& out) {
            write_safetensors(out, sources_of(learner.rule().state(learner.parameters())));
        });
        stage.write("trainer_state.json", json{{"format", 1}, {"state", to_json(state)}, {"settings", settings_}}.dump(2));
        stage.commit();
        rotate_checkpoints(path(), 3, best_step_);
    }

    // The newest checkpoint that is whole, put back into the model and the optimizer.
    run_state load(learner<Model>& learner) {
        const auto newest = newest_checkpoint(path());
        const auto file = newest / "trainer_state.json";
        const json j = read_json(file);
        expect_same_settings(j.value("settings", json::object()), settings_, file.string());
        const run_state state = run_state_from(j.value("state", json::object()), file.string());
        load_weights(model_, newest);
        read_weights(safetensors_file(newest / "optimizer.safetensors"), learner.rule().state(learner.parameters()));
        learner.rule().set_t(state.optimizer_steps);
        best_step_ = state.best_step;
        return state;
    }

    // After an evaluation: which checkpoint must not be removed.
    void keep_best(const run_state& state) {
        best_step_ = state.best_step;
        rotate_checkpoints(path(), 3, best_step_);
    }

    // The end of a run: the best model becomes the folder's own.
    void publish(const run_state& state, const json& parent) {
        const auto best = checkpoint_path(path(), state.best_step);
        for (const char* name : {"model.safetensors", "config.json", "tokenizer.json"})
            write_file(path() / name, [&](output_file& out) {
                const mapped_file from(best / name);
                out.write(from.bytes().data(), from.bytes().size());
            });
        write_file(path() / "stepgpt.json",
                   json{{"format", 1}, {"parent", parent}, {"data", data_.path.filename().string()}, {"steps", state.step},
                        {"best_step", state.best_step}, {"validation_loss", state.best_loss}, {"settings", settings_}}.dump(2));
    }

private:
    // Two checkpoints at once: the new one, and one that is about to go.
    static std::uint64_t room(Model& model) { return 2 * 3 * sizeof(Real) * parameter_count(model.config); }

    static std::uint64_t hash_of(const token_shards& train, const token_shards& val) {
        hasher h;
        for (const auto* split : {&train, &val})
            for (const auto& file : split->files()) h.add(file.bytes());
        return h.value();
    }

    std::string size_name() const {
        const auto& c = model_.config;
        return "L" + std::to_string(c.n_layer) + " H" + std::to_string(c.n_head) + " C" + std::to_string(c.n_embd) + " T" +
               std::to_string(c.block_size) + " V" + std::to_string(c.vocab_size) + " dropout " + std::to_string(c.dropout);
    }

    output_folder folder_;
    Model& model_;
    const data_folder& data_;
    json settings_;                    // that decide the bits of the run, and hashes of what it reads
    std::uint64_t best_step_ = 0;
};

}  // namespace stepgpt
