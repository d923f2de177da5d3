//go:build !cgo

// Package unsupported is imported where package outlive cannot be built, and says why in the error of its compilation.
package unsupported

const _ int = "outlive needs cgo: set CGO_ENABLED=1, and CC to a C compiler for the platform where it is not gcc or clang"
