package handlers

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// toOwnHost is a middleware: a page that is requested under another name of the shop
// (localhost, www) is redirected to the shop's own address. The bank sends shoppers back
// to that one, where the cookies of the other name would be missing.
//
// A form that is posted to another name is served: no page of the shop can have sent it.
func (a *app) toOwnHost(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead || !otherName(string(c.Request().Host()), a.host) {
		return c.Next()
	}
	// Not permanently: the owner may change the address.
	return c.Redirect(a.BaseURL+string(c.Request().URI().RequestURI()), fiber.StatusTemporaryRedirect)
}

// otherName reports whether host is another name, as visitors type it, of the shop
// whose own host is own. Another port alone is no other name, because cookies do not tell
// ports apart.
//
// A proxy may put an internal name in place of the one that was requested, and a tunnel
// leads here from elsewhere; a redirect would loop, or lead to a machine that the visitor
// cannot reach. So nobody is redirected from an internal name to a public one, nor back.
func otherName(host, own string) bool {
	name, port := splitHost(host)
	ownName, ownPort := splitHost(own)
	switch {
	case name == "" || name == ownName:
		return false
	case isLoopback(ownName):
		return isLoopback(name) && port == ownPort
	case isInside(ownName):
		return isInside(name) && port == ownPort
	}
	return !isInside(name)
}

// splitHost splits a host into its name and port, "" for none.
func splitHost(host string) (name, port string) {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	return strings.ToLower(name), port
}

// isLoopback reports whether the name leads a browser to its own machine, as 0.0.0.0 does,
// too.
func isLoopback(name string) bool {
	if ip, err := netip.ParseAddr(name); err == nil {
		return ip.Unmap().IsLoopback() || ip.IsUnspecified()
	}
	name = strings.TrimSuffix(name, ".")
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// isInside reports whether only this machine or its network knows the name.
func isInside(name string) bool {
	if ip, err := netip.ParseAddr(name); err == nil {
		ip = ip.Unmap()
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified()
	}
	return !strings.Contains(name, ".") || isLoopback(name)
}
