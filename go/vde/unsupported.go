//go:build !linux

package vde

// It does not compile, and says why: one error, before those that would be of this package.
import _ "outlive.dev/go/internal/unsupported/vde"
