// Package openapi has no code, only tests: they hold docs/openapi.json to the OpenAPI standard.
package openapi
