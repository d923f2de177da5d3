// A module of its own, for its tests need the libraries that they have call them.
module outlive.dev/go/internal/real

go 1.24

require outlive.dev/go v0.0.0

replace outlive.dev/go => ../..
