//go:build cgo && !outlive_system && (android || !((linux && (amd64 || arm64)) || (windows && amd64)))

// Package unsupported is imported where package outlive cannot be built, and says why in the error of its compilation.
package unsupported

const _ int = "outlive has no archive for this platform, but for linux/amd64, linux/arm64 and windows/amd64: install the library by install.sh, and build with -tags outlive_system"
