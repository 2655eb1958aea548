// A tape: every operation on its numbers is written down as it happens, with its slopes. Read backwards, it gives the
// derivative of the last number with respect to all others (reverse-mode differentiation: Wengert 1964, Linnainmaa
// 1970).
//
//     tape t;
//     number a = t.variable(-4), b = t.variable(2);
//     number c = a * b + exp(b);
//     t.backward(c);                    // now a.gradient() is dc/da
//
// PyTorch finds gradients in this way, a tensor at a time. The library has no tape: its layers know their gradients.
// This one is for learning, and a witness that the layers are right.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

class tape;

// A number that remembers where it stands on the tape. A plain double becomes a constant, which stands nowhere.
class number {
public:
    number(double constant = 0) : value_(constant) {}

    double value() const { return value_; }
    double gradient() const;
    bool is_constant() const { return on_ == nullptr; }

private:
    friend class tape;
    number(tape* on, std::size_t at, double value) : on_(on), at_(at), value_(value) {}

    tape* on_ = nullptr;
    std::size_t at_ = 0;
    double value_ = 0;
};

class tape {
public:
    number variable(double value) {
        operations_.emplace_back();
        return {this, operations_.size() - 1, value};
    }

    // result = f(a, b), where it is `value`; df/da and df/db are there `slope_a` and `slope_b`.
    static number record(double value, const number& a, double slope_a, const number& b = 0, double slope_b = 0) {
        tape* const on = a.is_constant() ? b.on_ : a.on_;
        if (on == nullptr) return value;
        const number result = on->variable(value);
        auto& made_of = on->operations_.back().made_of;
        if (!a.is_constant()) made_of.push_back({a.at_, slope_a});
        if (!b.is_constant()) made_of.push_back({b.at_, slope_b});
        return result;
    }

    // The chain rule, from the last operation to the first: each hands its gradient, times a slope, to its sources.
    void backward(const number& last) {
        for (operation& o : operations_) o.gradient = 0;
        operations_[last.at_].gradient = 1;
        for (std::size_t i = operations_.size(); i-- > 0;)
            for (const source& s : operations_[i].made_of)
                operations_[s.at].gradient += s.slope * operations_[i].gradient;
    }

    double gradient(std::size_t at) const { return operations_[at].gradient; }
    std::size_t size() const { return operations_.size(); }

private:
    struct source {
        std::size_t at;
        double slope;
    };
    struct operation {
        std::vector<source> made_of;
        double gradient = 0;
    };
    std::vector<operation> operations_;
};

inline double number::gradient() const { return is_constant() ? 0 : on_->gradient(at_); }

inline number operator+(const number& a, const number& b) { return tape::record(a.value() + b.value(), a, 1, b, 1); }
inline number operator-(const number& a, const number& b) { return tape::record(a.value() - b.value(), a, 1, b, -1); }
inline number operator-(const number& a) { return tape::record(-a.value(), a, -1); }
inline number operator*(const number& a, const number& b) {
    return tape::record(a.value() * b.value(), a, b.value(), b, a.value());
}
inline number operator/(const number& a, const number& b) {
    const double quotient = a.value() / b.value();
    return tape::record(quotient, a, 1 / b.value(), b, -quotient / b.value());
}
inline number exp(const number& a) {
    const double e = std::exp(a.value());
    return tape::record(e, a, e);
}
inline number log(const number& a) { return tape::record(std::log(a.value()), a, 1 / a.value()); }
inline number sqrt(const number& a) {
    const double root = std::sqrt(a.value());
    return tape::record(root, a, 0.5 / root);
}
inline number tanh(const number& a) {
    const double t = std::tanh(a.value());
    return tape::record(t, a, 1 - t * t);
}
inline number& operator+=(number& a, const number& b) { return a = a + b; }
