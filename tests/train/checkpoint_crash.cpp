// What happens to checkpoints when the process is killed, the disk refuses, memory runs out or the power goes.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <memory>

#include <stepgpt/core/random.hpp>

#include "../allocations.hpp"
#include "checkpoint_support.hpp"

using namespace stepgpt;
using test::save;
using test::small_model;
namespace fs = std::filesystem;

namespace {

// While it lives, every call to the system passes by `watch`.
struct watching {
    explicit watching(std::function<int(const detail::file_call&)> watch) { detail::file_fault = std::move(watch); }
    ~watching() { detail::file_fault = nullptr; }
};

// The newest step that can be resumed, after checking that every checkpoint in the folder is whole.
std::size_t newest_of_whole(const fs::path& out) {
    for (const auto step : checkpoint_steps(out)) {
        CAPTURE(step);
        CHECK_NOTHROW(checkpoint(out / checkpoint_name(step)));
    }
    const auto newest = newest_checkpoint(out);
    return newest ? newest->step() : 0;
}

bool anything_temporary(const fs::path& out) {
    for (const auto& entry : fs::directory_iterator(out))
        if (entry.path().filename().string().find(".tmp.") != std::string::npos) return true;
    return false;
}

}  // namespace

// 50 kills; STEPGPT_KILLS=1000 for more.
TEST_CASE("a process killed at any moment of saving leaves whole checkpoints and never goes backwards") {
    test::temporary_folder folder(test::fast_disk());
    const char* const wish = std::getenv("STEPGPT_KILLS");
    const std::uint32_t kills = wish ? static_cast<std::uint32_t>(std::atoi(wish)) : 50;
    const random_numbers moment(kills, stream::test);
    void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* const committed = new (page) std::atomic<std::size_t>(0);        // the last step whose save returned

    int unfinished = 0;
    for (std::uint32_t i = 0; i < kills; ++i) {
        const auto child = ::fork();
        if (child == 0) {
            for (std::size_t step = newest_checkpoint(folder.path()) ? newest_checkpoint(folder.path())->step() : 0;;) {
                save(folder.path(), ++step);
                committed->store(step);
                drop_old_checkpoints(folder.path(), step);
            }
        }
        ::usleep(2000 + static_cast<useconds_t>(moment.below(20'000, i)));
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);

        unfinished += anything_temporary(folder.path());
        const auto newest = newest_of_whole(folder.path());
        CHECK(newest >= committed->load());
        if (newest > 0) {
            small_model model;
            newest_checkpoint(folder.path())->load(model.weights(), model.moments());
            CHECK(model == small_model(newest));
        }
        const output_folder swept(folder.path());
        CHECK(!anything_temporary(folder.path()));
    }
    MESSAGE(kills, " kills, ", unfinished, " of them inside a save, after ", committed->load(), " saves");
    CHECK(committed->load() > 0);
    ::munmap(page, 4096);
}

TEST_CASE("whatever call fails, the checkpoint before it stays, nothing temporary does, and the error names the call") {
    test::temporary_folder folder(test::fast_disk());
    save(folder.path(), 100);
    int failures = 0;
    for (const std::size_t step : {200, 100})                       // a new one; one in place of that which is there
        for (const int code : {ENOSPC, EIO, EDQUOT, EROFS})
            for (const bool partly : {false, true}) {               // a full disk often takes a part first
                std::string hit = "first";
                for (int n = 1; !hit.empty(); ++n) {
                    fs::remove_all(folder / "checkpoint-000200");
                    hit.clear();
                    int count = 0;
                    std::string text;
                    {
                        const watching nth([&](const detail::file_call& call) {
                            if (++count < n) return 0;
                            if (partly && count == n) {
                                call.bytes = call.bytes.substr(0, call.bytes.size() / 2);
                                if (!call.bytes.empty()) return 0;
                            }
                            if (count > n + partly) return 0;
                            hit = call.name;
                            return code;
                        });
                        try {
                            save(folder.path(), step);
                        } catch (const error& e) {
                            text = e.what();
                        }
                    }
                    CAPTURE(text);
                    CHECK(text.empty() == hit.empty());
                    if (!hit.empty()) {
                        ++failures;
                        CHECK(text.find(std::string(std::strerror(code)) + " (" + hit + ")") != std::string::npos);
                        CHECK(text.find(folder.path().string()) == 0);
                    }
                    CHECK(!anything_temporary(folder.path()));
                    CHECK(newest_of_whole(folder.path()) >= 100);
                }
            }
    MESSAGE(failures, " failing calls");
    CHECK(failures > 400);
}

// (Nothing is asked of the state's JSON: destroying nlohmann's tree takes memory, and without it the program ends.)
TEST_CASE("weights that run out of memory while they are written or read leave the old file and nothing else") {
    test::temporary_folder folder(test::fast_disk());
    small_model old(100), next(200);
    std::size_t failures = 0;
    for (const auto stored : {dtype::F32, dtype::BF16})
        for (std::size_t n = 1; n != 0; ++failures) {
            save_safetensors(folder / "model.safetensors", sources_of(old.weights(), stored));
            const auto before = test::read(folder / "model.safetensors");
            bool failed = false;
            test::fail_allocation(n);
            try {
                staged_folder stage(folder / "new");
                const auto tensors = sources_of(next.weights(), stored);
                stage.write("a", [&](output_file& file) { write_safetensors(file, tensors); });
                save_safetensors(folder / "model.safetensors", tensors);
                read_weights(safetensors_file(folder / "model.safetensors"), old.weights());
                test::fail_allocation(0);
            } catch (const std::bad_alloc&) {
                failed = true;
            }
            CHECK(!anything_temporary(folder.path()));
            CHECK_NOTHROW(safetensors_file(folder / "model.safetensors").verify());
            CHECK(test::read(folder / "model.safetensors").size() == before.size());
            n = failed ? n + 1 : 0;
        }
    MESSAGE(failures, " allocations");
    CHECK(failures > 100);
}

// A disk that remembers what has been flushed and forgets, when the power goes, whatever it likes of the rest.
namespace {

struct node {
    bool folder = false;
    std::string bytes, flushed_bytes;
    std::map<std::string, std::shared_ptr<node>> names, flushed_names;
};

struct operation {
    std::string name, bytes;
    fs::path path, target;              // below the folder of the test
};

class power_cut {
public:
    power_cut() { root->folder = true; }

    void apply(const operation& op) {
        if (op.name == "mkdir") entry(op.path) = std::make_shared<node>();
        if (op.name == "mkdir") entry(op.path)->folder = true;
        if (op.name == "open" && op.path != "." && !entry(op.path)) entry(op.path) = std::make_shared<node>();
        if (op.name == "write") entry(op.path)->bytes += op.bytes;
        if (op.name == "fsync") {
            auto& flushed = op.path == "." ? *root : *entry(op.path);
            flushed.flushed_bytes = flushed.bytes;
            flushed.flushed_names = flushed.names;
        }
        if (op.name == "rename") {
            std::swap(entry(op.path), entry(op.target));             // an exchange, if the target is there
            if (!entry(op.path)) folder_of(op.path).names.erase(op.path.filename());
        }
    }

    // What is found after the cut: all names or those that were flushed, all bytes or those that were flushed.
    void appear(const fs::path& where, bool all_names, bool all_bytes) const {
        appear(*root, where, all_names, all_bytes);
    }

private:
    std::shared_ptr<node> root = std::make_shared<node>();

    node& folder_of(const fs::path& path) { return path.has_parent_path() ? *entry(path.parent_path()) : *root; }
    std::shared_ptr<node>& entry(const fs::path& path) { return folder_of(path).names[path.filename()]; }

    static void appear(const node& at, const fs::path& where, bool all_names, bool all_bytes) {
        if (!at.folder) return test::write(where, all_bytes ? at.bytes : at.flushed_bytes);
        fs::create_directory(where);
        for (const auto& [name, child] : all_names ? at.names : at.flushed_names)
            if (child) appear(*child, where / name, all_names, all_bytes);
    }
};

// For a power cut before each operation: are all checkpoints whole, and is none lost whose save had returned?
int losses(const std::vector<operation>& log, const std::vector<std::pair<std::size_t, std::size_t>>& saved) {
    int lost = 0;
    power_cut disk;
    for (std::size_t done = 0; done <= log.size(); ++done) {
        std::size_t promised = 0;
        for (const auto& [at, step] : saved)
            if (at <= done) promised = step;
        for (const bool all_names : {false, true})
            for (const bool all_bytes : {false, true}) {
                test::temporary_folder found(test::fast_disk());
                disk.appear(found / "out", all_names, all_bytes);
                bool torn = false;
                const auto newest = newest_checkpoint(found / "out", [&](const error&) { torn = true; });
                lost += torn || (newest ? newest->step() : 0) < promised;
            }
        if (done < log.size()) disk.apply(log[done]);
    }
    return lost;
}

}  // namespace

TEST_CASE("a power cut between any two calls loses nothing that was saved") {
    test::temporary_folder folder(test::fast_disk());
    std::vector<operation> log;
    std::vector<std::pair<std::size_t, std::size_t>> saved;         // how much of the log, step
    {
        const watching all([&](const detail::file_call& call) {
            const auto below = [&](const fs::path& path) { return path.lexically_relative(folder.path()); };
            log.push_back({call.name, std::string(call.bytes), below(call.path), {}});
            if (call.target) log.back().target = below(*call.target);
            return 0;
        });
        for (const std::size_t step : {100, 200, 200}) {
            save(folder.path(), step);
            saved.emplace_back(log.size(), step);
        }
    }
    MESSAGE(log.size(), " calls");
    CHECK(losses(log, saved) == 0);

    // That this test can fail: without the flushes of files, or of folders, something is lost.
    for (const bool of_files : {true, false}) {
        auto careless = log;
        for (auto& op : careless)
            if (op.name == "fsync" && op.path.has_parent_path() == of_files) op.name = "none";
        CHECK(losses(careless, saved) > 0);
    }
}
