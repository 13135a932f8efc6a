#pragma once

#include "backend.hpp"

namespace cislens {

template <typename Pointer>
struct Pointee;
template <typename Function>
struct Pointee<Function*> {
  using Type = Function;
};

/// The type of the function that an entry of the table points to, to declare it with:
///   Entry<&Backend::add>::Type add;
template <auto Member>
struct Entry;
template <typename Pointer, Pointer Backend::*Member>
struct Entry<Member> : Pointee<Pointer> {};

}  // namespace cislens
