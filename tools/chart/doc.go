// Package chart holds what the Helm chart in deploy/helm promises. It has tests only, in a module of its own, so that
// Helm's and Kubernetes' libraries can't change the versions of what we ship.
package chart
