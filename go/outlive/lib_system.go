//go:build cgo && outlive_system

package outlive

// #cgo pkg-config: outlive
import "C"
