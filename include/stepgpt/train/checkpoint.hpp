// A checkpoint: one folder with all that a run needs to go on as if it had never stopped, whole or not there at all.
//
//     checkpoint-002000/
//         model.safetensors        the weights
//         optimizer.safetensors    what the optimizer keeps of each weight: wte.weight.m, wte.weight.v
//         trainer_state.json       step, position in the data, counters, and a checksum of every other file here
//         config.json, ...         whatever makes the folder a model that others can read
//
//     save_checkpoint(out, 2000, parameters(model), adamw.state(parameters(model)), state, {{"config.json", text}});
//     if (auto last = newest_checkpoint(out)) last->load(parameters(model), adamw.state(parameters(model)));
//
// A folder that does not verify is told of and passed over, never deleted. Weights that are not finite are never saved.
// Not here: which fields the state has (run_folder.hpp), and when to save (trainer.hpp).
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stepgpt/core/file.hpp>
#include <stepgpt/core/folder.hpp>
#include <stepgpt/core/hash.hpp>
#include <stepgpt/core/json.hpp>
#include <stepgpt/core/json_fields.hpp>
#include <stepgpt/core/parameter.hpp>
#include <stepgpt/format/safetensors.hpp>
#include <stepgpt/format/weights.hpp>

namespace stepgpt {

// "checkpoint-002000"
inline std::string checkpoint_name(std::size_t step) {
    char name[40];
    std::snprintf(name, sizeof name, "checkpoint-%06zu", step);
    return name;
}

// The steps of the checkpoints in a folder, valid or not, ascending. What is still in preparation is not among them.
inline std::vector<std::size_t> checkpoint_steps(const std::filesystem::path& out) {
    static constexpr std::string_view prefix = "checkpoint-";
    std::vector<std::size_t> steps;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(out, absent)) {
        const std::string name = entry.path().filename().string();
        std::size_t step = 0;
        if (!name.starts_with(prefix)) continue;
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), step);
        if (name == checkpoint_name(step)) steps.push_back(step);
    }
    std::sort(steps.begin(), steps.end());
    return steps;
}

namespace detail {

inline constexpr int checkpoint_version = 1;
inline constexpr const char* checkpoint_format = "stepgpt checkpoint";

// What is written down of a file: its own hash, or for safetensors that of the header, which has one of every tensor.
inline std::string checkpoint_hash(const std::filesystem::path& path) {
    if (path.extension() != ".safetensors") return hash_text(hash64(read_file(path, std::uint64_t{1} << 30)));
    const safetensors_file file(path);
    if (!file.verify()) throw error({.where = path.string(), .found = "no checksums", .wanted = "one of each tensor"});
    return file.metadata().at("xxh64");
}

// The state's checksum is that of its text without it.
inline std::string state_hash(json state) {
    state.erase("checksum");
    return hash_text(hash64(state.dump()));
}

template <class Real>
void expect_finite(const std::vector<parameter_view<Real>>& all, const std::string& where) {
    for (const auto& p : all)
        if (const auto text = non_finite_text(p); !text.empty())
            throw error({.where = where, .found = text, .wanted = "finite values",
                         .hint = "not saved: the last good checkpoint is worth more than this one"});
}

}  // namespace detail

// Saves step `step` below `out`. `files` go in as they are. After an error everything is as it was.
template <class Real>
void save_checkpoint(const std::filesystem::path& out, std::size_t step,
                     const std::vector<parameter_view<Real>>& weights,
                     const std::vector<parameter_view<Real>>& optimizer, json state,
                     const std::map<std::string, std::string>& files = {}) {
    const auto target = out / checkpoint_name(step);
    detail::expect_finite(weights, target.string());
    detail::expect_finite(optimizer, target.string());
    staged_folder stage(target);
    json hashes = json::object();
    const auto keep = [&](const std::string& name, const std::vector<tensor_source>& tensors) {
        stage.write(name, [&](output_file& file) { hashes[name] = hash_text(write_safetensors(file, tensors)); });
    };
    keep("model.safetensors", sources_of(weights));
    keep("optimizer.safetensors", sources_of(optimizer));
    for (const auto& [name, bytes] : files) {
        stage.write(name, bytes);
        hashes[name] = hash_text(hash64(bytes));
    }
    if (state.is_null()) state = json::object();
    state["format"] = detail::checkpoint_format;
    state["version"] = detail::checkpoint_version;
    state["step"] = step;
    state["files"] = std::move(hashes);
    state["checksum"] = detail::state_hash(state);
    stage.write("trainer_state.json", state.dump(2) + "\n");
    stage.commit();
}

// A checkpoint on disk, every byte of which has been compared with its checksum.
class checkpoint {
public:
    explicit checkpoint(std::filesystem::path path) : path_(std::move(path)), state_(read_state(path_)) {
        const auto files = state_.object("files");
        for (const auto& [name, hash] : files.object().items()) {
            if (std::filesystem::path(name).filename() != name)
                files.refuse(name, "a path", "the name of a file in this folder");
            if (const auto found = detail::checkpoint_hash(path_ / name); hash != json(found))
                throw error({.where = (path_ / name).string(), .found = "checksum " + found, .wanted = hash.dump(),
                             .hint = "this file was changed, or comes from another checkpoint"});
        }
    }

    const std::filesystem::path& path() const { return path_; }
    std::size_t step() const { return state_.get<std::size_t>("step"); }
    const json_fields& state() const { return state_; }

    // Weights and optimizer as they were, bit by bit.
    template <class Real>
    void load(const std::vector<parameter_view<Real>>& weights,
              const std::vector<parameter_view<Real>>& optimizer) const {
        const safetensors_file model(path_ / "model.safetensors"), moments(path_ / "optimizer.safetensors");
        for (const auto* file : {&model, &moments})
            for (const auto& entry : file->tensors())
                if (entry.type != dtype_of<Real>())
                    throw error({.where = file->where(), .subject = entry.name,
                                 .found = std::string(name_of(entry.type)),
                                 .wanted = std::string(name_of(dtype_of<Real>())),
                                 .hint = "continue with the precision that the run began with"});
        read_weights(model, weights);
        read_weights(moments, optimizer);
    }

private:
    static json_fields read_state(const std::filesystem::path& path) {
        const auto file = path / "trainer_state.json";
        const bool theirs = std::filesystem::exists(path / "optimizer.pt") || !std::filesystem::exists(file);
        if (theirs && std::filesystem::is_directory(path))
            throw error({.where = path.string(), .found = "a folder without this program's trainer_state.json",
                         .wanted = "a checkpoint",
                         .hint = "a model from elsewhere can be trained further (--init-from), but not resumed"});
        json_fields state(read_json(file), file.string());
        if (state.get<std::string>("format", "") != detail::checkpoint_format)
            state.refuse("format", "the state of some other program", detail::checkpoint_format);
        if (const auto version = state.get<int>("version"); version != detail::checkpoint_version)
            state.refuse("version", std::to_string(version), std::to_string(detail::checkpoint_version),
                         "this checkpoint was written by a newer or older stepgpt");
        const auto checksum = state.get<std::string>("checksum"), hash = detail::state_hash(state.object());
        if (checksum != hash) state.refuse("checksum", checksum, hash, "this file was changed after it was written");
        if (path.filename() != checkpoint_name(state.get<std::size_t>("step")))
            state.refuse("step", std::to_string(state.get<std::size_t>("step")), "the step in the folder's name");
        return state;
    }

    std::filesystem::path path_;
    json_fields state_;
};

// The newest checkpoint below `out` that verifies; each newer one that does not is told to `damaged`.
inline std::optional<checkpoint> newest_checkpoint(const std::filesystem::path& out,
                                                   const std::function<void(const error&)>& damaged = {}) {
    auto steps = checkpoint_steps(out);
    for (; !steps.empty(); steps.pop_back()) {
        try {
            return checkpoint(out / checkpoint_name(steps.back()));
        } catch (const error& e) {
            if (damaged) damaged(e);
        }
    }
    return std::nullopt;
}

// After saving `step`: removes the checkpoints before it but for the `last` newest and those of the steps `also`. Each
// leaves its name in one step, so that a crash meanwhile leaves no half of one; what cannot be removed stays. Later
// ones (which did not verify, or the run would have gone on from them) are left to their owner.
inline void drop_old_checkpoints(const std::filesystem::path& out, std::size_t step, std::size_t last = 3,
                                 const std::vector<std::size_t>& also = {}) {
    auto steps = checkpoint_steps(out);
    steps.erase(std::upper_bound(steps.begin(), steps.end(), step), steps.end());
    for (std::size_t i = 0; i + last < steps.size(); ++i) {
        if (std::count(also.begin(), also.end(), steps[i])) continue;
        const auto path = out / checkpoint_name(steps[i]), rubbish = detail::temporary_name(path);
        std::error_code ignored;
        std::filesystem::rename(path, rubbish, ignored);
        std::filesystem::remove_all(rubbish, ignored);
    }
}

}  // namespace stepgpt
