// The folder of a run, and what is in it:
//
//     out/my-model/
//         checkpoint-000250/       all of it or nothing: a model folder, as Hugging Face's libraries open it, and
//         checkpoint-000500/       optimizer.safetensors, trainer_state.json; the last 3 and the best are kept
//         model.safetensors        in the end the best model, as a folder of the same files,
//         config.json  ...
//         stepgpt.json             and where it comes from: parent, data, seed, settings, steps
//
// It is probed for writing, for room and for a second process before the first step. Not here: the loop (trainer.hpp), what
// makes a file safe (core/file.hpp), which checkpoint is whole (checkpoint.hpp).
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <stepgpt/batch/data_folder.hpp>
#include <stepgpt/core/folder.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/format/hugging_face.hpp>
#include <stepgpt/kernel/parameters_here.hpp>
#include <stepgpt/kernel/product_precision.hpp>
#include <stepgpt/token/tokenizer_files.hpp>
#include <stepgpt/train/checkpoint.hpp>
#include <stepgpt/train/learner.hpp>
#include <stepgpt/train/run_state.hpp>

namespace stepgpt {

// Where weights come from, for stepgpt.json: a model folder and the hash of what lies in it, in the order of its files' names.
inline json parent_of(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    hasher h;
    for (const auto& path : files) h.add(mapped_file(path).bytes());
    return json_object({{"folder", std::filesystem::absolute(folder).lexically_normal().filename().string()},
                        {"weights", hash_text(h.value())}});
}

// Throws if a run has left checkpoints in this folder.
inline void expect_no_run(const std::filesystem::path& folder) {
    if (!checkpoint_steps(folder).empty())
        throw error({.where = folder.string(), .found = "the checkpoints of another run", .wanted = "a folder of its own",
                     .hint = "--resume continues that run; another --out begins a new one"});
}

template <class Model>
class run_folder {
public:
    using Real = typename Model::real;
    using Device = typename Model::device;

    run_folder(const std::filesystem::path& path, Model& model, const data_folder& data, const train_options& options,
               bool resume)
        : folder_(expected(path, resume), room(model)), model_(model), data_(data), settings_(to_json(options)) {
        settings_["data"] = hash_text(hash_of(data));
        settings_["tokenizer"] = hash_text(data.text.hash());
        settings_["model"] = size_name();
        const bool in_bf16 = sizeof(Real) == 2 || (std::same_as<Device, simd> && bf16_products());
        settings_["precision"] = in_bf16 ? "bf16" : sizeof(Real) == 8 ? "double" : "float";
    }

    const std::filesystem::path& path() const { return folder_.path(); }

    // One checkpoint, named after the steps taken.
    void save(run_state state, learner<Model>& learner) {
        state.optimizer_steps = learner.rule().t();
        const parameters_here weights(Device{}, learner.parameters());
        const parameters_here moments(Device{}, learner.rule().state(learner.parameters()));
        save_checkpoint(path(), state.step, weights.views(), moments.views(),
                        json_object({{"run", to_json(state)}, {"settings", settings_}}),
                        small_files());
        keep_best(state);
    }

    // The newest checkpoint that is whole, put back into the model and the optimizer; newer ones that are not are told to
    // `damaged` and left where they are.
    run_state load(learner<Model>& learner, const std::function<void(const error&)>& damaged) {
        const auto newest = newest_checkpoint(path(), damaged);
        if (!newest)
            throw error({.where = path().string(), .found = "no checkpoint that is whole", .wanted = "one to resume from",
                         .hint = "another --out begins a run"});
        expect_same_settings(newest->state().object("settings"), settings_);
        const run_state state = run_state_from(newest->state().object("run"));
        const parameters_here weights(Device{}, learner.parameters());
        const parameters_here moments(Device{}, learner.rule().state(learner.parameters()));
        newest->load(weights.views(), moments.views());
        weights.send(state.optimizer_steps);
        moments.send();
        learner.rule().set_t(state.optimizer_steps);
        return state;
    }

    // Removes old checkpoints: all but the last three and the best.
    void keep_best(const run_state& state) { drop_old_checkpoints(path(), state.step, 3, {state.best_step}); }

    // The end of a run: the best model becomes the folder's own.
    void publish(const run_state& state, const json& parent) {
        const auto best = path() / checkpoint_name(state.best_step);
        write_file(path() / "model.safetensors", [&](output_file& out) {
            const mapped_file from(best / "model.safetensors");
            out.write(from.bytes().data(), from.bytes().size());
        });
        for (const auto& [name, bytes] : small_files())
            write_file(path() / name, [&contents = bytes](output_file& out) { out.write(contents.data(), contents.size()); });
        write_file(path() / "stepgpt.json",
                   json_object({{"format", 1}, {"parent", parent}, {"data", data_.path.filename().string()},
                                {"steps", state.step}, {"best_step", state.best_step}, {"validation_loss", state.best_loss},
                                {"settings", settings_}}).dump(2));
    }

private:
    // All of a model folder but its weights, which are stored as they are computed with.
    std::map<std::string, std::string> small_files() const {
        return model_files(model_.config, data_.text, dtype_of<accumulator<Real>>());
    }

    // The path, where a run may begin or go on; nothing is made where it may not.
    static const std::filesystem::path& expected(const std::filesystem::path& path, bool resume) {
        if (!resume) expect_no_run(path);
        else if (checkpoint_steps(path).empty())
            throw error({.where = path.string(), .found = "no checkpoint", .wanted = "one to resume from",
                         .hint = "leave --resume out to begin a run"});
        return path;
    }

    // Two checkpoints at once: the new one, and one that is about to go.
    static std::uint64_t room(Model& model) { return 2 * 3 * sizeof(accumulator<Real>) * parameter_count(model.config); }

    static std::uint64_t hash_of(const data_folder& data) {
        hasher h;
        const auto add = [&h](const token_shards& split) {
            for (const auto& file : split.files()) h.add(file.bytes());
        };
        add(data.train);
        add(data.val);
        if (data.train_roles) add(*data.train_roles);
        if (data.val_roles) add(*data.val_roles);
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
};

}  // namespace stepgpt
