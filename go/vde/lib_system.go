//go:build linux && outlive_system

package vde

// #cgo pkg-config: vde_hub
import "C"
