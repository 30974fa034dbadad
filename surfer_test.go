package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// surfer is a browser that follows redirects and sends the forms of pages.
type surfer struct {
	*shopper
	at   *url.URL
	page *goquery.Document
}

func (m *many) surfer(t *testing.T) *surfer {
	s := newShopper(t, m.URL)
	s.http.CheckRedirect = nil
	return &surfer{shopper: s}
}

// open loads a page, and more of its kind as a redirect leads.
func (s *surfer) open(address string) *surfer {
	s.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = s.shop + address
	}
	return s.took(s.do("GET", address, nil))
}

func (s *surfer) took(answer *http.Response) *surfer {
	s.t.Helper()
	page, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.at, s.page = answer.Request.URL, page; answer.StatusCode >= 400 {
		s.t.Fatalf("%s: %s\n%s", s.at, answer.Status, page.Find("main").Text())
	}
	return s
}

// openAt is open at one of the instances.
func (s *surfer) openAt(instance int, path string) *surfer {
	s.t.Helper()
	r, err := http.NewRequest("GET", s.shop+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set(atInstance, fmt.Sprint(instance))
	answer, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	return s.took(answer)
}

func (s *surfer) find(id string) *goquery.Selection { return s.page.Find(`[data-testid="` + id + `"]`) }

// press sends the form that a button stands in, with values in place of what the page has.
func (s *surfer) press(button string, pairs ...string) *surfer {
	s.t.Helper()
	press := s.find(button).First()
	form := press.Closest("form")
	if form.Length() == 0 {
		s.t.Fatalf("%s has no %s: %s", s.at, button, s.page.Find("main").Text())
	}
	values := url.Values{}
	for _, field := range form.Find("input[name], textarea[name], select[name]").EachIter() {
		name, value := field.AttrOr("name", ""), field.AttrOr("value", "")
		_, checked := field.Attr("checked")
		switch kind := field.AttrOr("type", ""); {
		case field.Is("select"):
			values.Add(name, field.Find("option[selected]").AttrOr("value", ""))
		case field.Is("textarea"):
			values.Add(name, field.Text())
		case kind == "file" || (kind == "checkbox" || kind == "radio") && !checked:
		default:
			values.Add(name, value)
		}
	}
	if name, ok := press.Attr("name"); ok {
		values.Set(name, press.AttrOr("value", ""))
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	to, err := s.at.Parse(form.AttrOr("action", ""))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.took(s.do("POST", to.String(), values))
}
