// Package apitest holds no code, only tests: that docs/openapi.yaml is a valid
// description, and that the bank's client and the simulated bank both keep to
// it. It stands apart because neither of the two may import the other.
package apitest
