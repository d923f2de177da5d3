// A module of its own, for it is made from a header that stands outside of the one that users have.
module outlive.dev/go/internal/gen/tricky

go 1.24

require outlive.dev/go v0.0.0

replace outlive.dev/go => ../../..
