#include <stepgpt/format/weights.hpp>

#include "../support.hpp"

using namespace stepgpt;

namespace {

struct model {
    std::vector<float> a = {1, 2, 3, 4, 5, 6}, b = {7, 8};
    std::vector<parameter_view<float>> views() {
        return {{"wte.weight", {3, 2}, a.data(), nullptr, 6, nullptr},
                {"ln_f.bias", {2}, b.data(), nullptr, 2, nullptr}};
    }
};

std::string mismatch(const safetensors_file& file, const std::vector<parameter_view<float>>& wanted) {
    try {
        read_weights(file, wanted);
    } catch (const error& e) {
        return e.about().found + ": " + e.about().hint;
    }
    return "none";
}

}  // namespace

TEST_CASE_TEMPLATE("weights go out and come back", Real, float, double) {
    test::temporary_folder folder;
    model first;
    for (const auto stored : {dtype::F32, dtype::F64, dtype::BF16}) {                 // small whole numbers fit all
        save_safetensors(folder / "w", sources_of(first.views(), stored));
        std::vector<Real> a(6), b(2);
        const std::vector<parameter_view<Real>> second{{"wte.weight", {3, 2}, a.data(), nullptr, 6, nullptr},
                                                       {"ln_f.bias", {2}, b.data(), nullptr, 2, nullptr}};
        read_weights(safetensors_file(folder / "w"), second);
        CHECK(std::equal(a.begin(), a.end(), first.a.begin()));
        CHECK(std::equal(b.begin(), b.end(), first.b.begin()));
    }
}

TEST_CASE("every difference is found before anything is read") {
    test::temporary_folder folder;
    model first, second;
    save_safetensors(folder / "w", sources_of(first.views()));
    const safetensors_file file(folder / "w");
    second.a.assign(6, 0);

    auto wanted = second.views();
    wanted[1].name = "ln_f.weight";
    CHECK(mismatch(file, wanted) == "2 differences from the model: no 'ln_f.weight'; 'ln_f.bias' too much");
    wanted[1].name = "ln_f_bias";
    CHECK(mismatch(file, wanted) ==
          "2 differences from the model: no 'ln_f_bias' (but 'ln_f.bias'); 'ln_f.bias' too much");
    wanted = second.views();
    wanted[0].shape = {2, 3};
    CHECK(mismatch(file, wanted) == "1 differences from the model: 'wte.weight' (3, 2) instead of (2, 3), transposed");
    wanted[0].shape = {6};
    CHECK(mismatch(file, wanted) == "1 differences from the model: 'wte.weight' (3, 2) instead of (6)");
    CHECK(second.a == std::vector<float>(6, 0));
    CHECK(mismatch(file, second.views()) == "none");
}

TEST_CASE("values that are not finite are counted") {
    model weights;
    weights.a = {1, 2, NAN, 4, -INFINITY, 6};
    CHECK(non_finite_text(weights.views()[0]) == "wte.weight: 2 of 6 values not finite, the first at index 2");
    CHECK(non_finite_text(weights.views()[1]).empty());
}
