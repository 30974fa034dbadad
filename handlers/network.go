package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

// trustProxies is a middleware: of the addresses in the proxy's header it leaves the
// visitor's, which is the last that is not a trusted proxy's. Whatever stands before it may
// be made up by the visitor, because proxies add to the header.
func (a *app) trustProxies() fiber.Handler {
	var trusted []netip.Prefix
	for _, p := range a.TrustedProxies {
		if prefix, err := netip.ParsePrefix(p); err == nil {
			trusted = append(trusted, prefix)
		} else if ip, ok := parseIP(p); ok {
			trusted = append(trusted, netip.PrefixFrom(ip, ip.BitLen()))
		}
	}
	return func(c *fiber.Ctx) error {
		if a.ProxyHeader == "" || !c.IsProxyTrusted() {
			return c.Next()
		}
		h, named := &c.Request().Header, ""
		var all []string
		for _, line := range h.PeekAll(a.ProxyHeader) {
			all = append(all, strings.Split(string(line), ",")...)
		}
		for _, text := range slices.Backward(all) {
			ip, ok := parseIP(text)
			if !ok {
				break // not an address: made up
			}
			named = ip.String()
			if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(ip) }) {
				break
			}
		}
		h.Set(a.ProxyHeader, named)
		return c.Next()
	}
}

// parseIP reads an address as proxies write it, some with its port.
func parseIP(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		var with netip.AddrPort
		with, err = netip.ParseAddrPort(text)
		ip = with.Addr()
	}
	return ip.Unmap().WithZone(""), err == nil
}

// network is what limits count by: the address of the request, or its /64, within which
// one household or office has all its IPv6 addresses.
func network(c *fiber.Ctx) string {
	ip, err := netip.ParseAddr(c.IP())
	if err != nil {
		return c.IP()
	}
	if ip = ip.Unmap(); ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// visitorOf is from where a request comes, for the accesses to an order.
func visitorOf(c *fiber.Ctx) models.Visitor {
	return models.Visitor{Address: c.IP(), Agent: c.Get(fiber.HeaderUserAgent)}
}

// noteAccess notes that a shopper has come to an order. Should that fail, they see their order
// all the same.
func (a *app) noteAccess(c *fiber.Ctx, o *models.Order, what models.AccessKind) {
	if speculative(c) {
		return
	}
	if err := a.Store.NoteAccess(c.UserContext(), o.ID, what, visitorOf(c)); err != nil {
		a.Log.ErrorContext(c.UserContext(), "access not noted", "order", o.Number, "err", err)
	}
}

// networkHash is the network as it is stored with an order: equal for equal networks, and
// of no use to a reader of the database.
func (a *app) networkHash(c *fiber.Ctx) string {
	mac := hmac.New(sha256.New, []byte(a.Secret))
	mac.Write([]byte("network " + network(c)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
