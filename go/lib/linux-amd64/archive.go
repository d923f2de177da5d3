//go:build linux && !android && amd64 && cgo

// Package lib links the library's static archives for linux/amd64. Package outlive imports it; nobody else need.
package lib

// #cgo LDFLAGS: ${SRCDIR}/libvde_hub.a ${SRCDIR}/liboutlive.a -ldl -lpthread
import "C"
