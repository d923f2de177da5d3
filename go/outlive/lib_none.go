//go:build !cgo || (!outlive_system && (android || !((linux && (amd64 || arm64)) || (windows && amd64))))

package outlive

// It does not compile, and says what is needed: one error, before those that would be of this package.
import _ "outlive.dev/go/internal/unsupported"
