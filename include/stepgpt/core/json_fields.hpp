// The fields of a JSON object, each with the type that is asked for, or an error that names it.
//
//     const json_fields config(read_json(path), path.string());
//     const auto layers = config.get<std::size_t>("n_layer");             // "12" and 12.0 are not numbers of layers
//     const auto dropout = config.get<double>("resid_pdrop", 0.1);        // 0.1 if it is absent
//
// Not here: reading the text (json.hpp), and what values make sense.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stepgpt/core/error.hpp>
#include <stepgpt/core/json.hpp>

namespace stepgpt {

class json_fields {
public:
    json_fields(json object, std::string where) : object_(std::move(object)), where_(std::move(where)) {
        if (!object_.is_object())
            throw error({.where = where_, .found = kind_of(object_), .wanted = "an object {...}"});
    }

    const std::string& where() const { return where_; }
    const json& object() const { return object_; }
    bool has(const char* key) const { return object_.contains(key) && !object_.at(key).is_null(); }

    // T: an unsigned integer, a signed one, double, bool, std::string, or json for whatever is there.
    template <class T>
    T get(const char* key) const {
        if (!has(key)) refuse(key, object_.contains(key) ? "null" : "no such field", wanted<T>());
        const json& value = object_.at(key);
        if constexpr (std::is_same_v<T, json>) {
            return value;
        } else if constexpr (std::is_same_v<T, bool>) {
            if (value.is_boolean()) return value.get<bool>();
        } else if constexpr (std::is_floating_point_v<T>) {
            if (value.is_number()) return value.get<T>();
        } else if constexpr (std::is_integral_v<T>) {
            const bool fits = value.is_number_unsigned()  ? std::in_range<T>(value.get<std::uint64_t>())
                              : value.is_number_integer() ? std::in_range<T>(value.get<std::int64_t>())
                                                          : false;
            if (fits) return value.get<T>();
        } else {
            if (value.is_string()) return value.get<std::string>();
        }
        refuse(key, kind_of(value), wanted<T>());
    }

    // The same, or `otherwise` if the field is absent or null.
    template <class T>
    T get(const char* key, T otherwise) const {
        return has(key) ? get<T>(key) : std::move(otherwise);
    }

    json_fields object(const char* key) const {
        const auto value = get<json>(key);
        if (!value.is_object()) refuse(key, kind_of(value), "an object {...}");
        return {value, where_ + ", " + key};
    }

    [[noreturn]] void refuse(std::string_view key, std::string_view found, std::string_view wanted,
                             std::string_view hint = {}) const {
        throw error({.where = where_, .subject = std::string(key), .found = std::string(found),
                     .wanted = std::string(wanted), .hint = std::string(hint)});
    }

private:
    // "the text "12"", "an array"
    static std::string kind_of(const json& value) {
        if (value.is_object()) return "an object";
        if (value.is_array()) return "an array";
        return (value.is_string() ? "the text " : value.is_number() ? "the number " : "") +
               value.dump(-1, ' ', false, json::error_handler_t::replace);
    }

    template <class T>
    static const char* wanted() {
        if constexpr (std::is_same_v<T, json>) return "a value";
        else if constexpr (std::is_same_v<T, bool>) return "true or false";
        else if constexpr (std::is_floating_point_v<T>) return "a number";
        else if constexpr (std::is_signed_v<T>) return "a whole number";
        else if constexpr (std::is_integral_v<T>) return "a whole number, 0 or more";
        else return "a text";
    }

    json object_;
    std::string where_;
};

}  // namespace stepgpt
