package handlers

import (
	"context"
	"errors"
	"html/template"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showHome handles GET /{lang}.
func (a *app) showHome(c *fiber.Ctx) error {
	lang := a.lang(c)
	return a.publish(c, "", func(ctx context.Context, page views.Page) (content, error) {
		home, err := a.Store.Featured(ctx, lang)
		if err != nil {
			return content{}, err
		}
		view, err := a.homeView(lang, home)
		if err != nil {
			return content{}, err
		}
		page.Description = views.T(page.Lang, "shop.description")
		view.Page = page
		view.Tiles, err = a.tiles(ctx, lang)
		return content{template: "pages/home", view: view}, err
	})
}

func (a *app) homeView(lang models.Lang, home *models.Home) (views.Home, error) {
	view := views.Home{FreeFrom: freeFrom(lang)}
	var errs []error
	cards := func(products []models.ProductCard) []template.HTML {
		list, err := a.cardList(lang, products, 0)
		errs = append(errs, err)
		return list
	}
	for _, g := range home.Groups {
		view.Groups = append(view.Groups, views.Group{Key: g.Key, Name: g.Name, Text: g.Text, Cards: cards(g.Cards)})
	}
	view.Newest, view.OnSale = cards(home.Newest), cards(home.OnSale)
	return view, errors.Join(errs...)
}

func (a *app) tiles(ctx context.Context, lang models.Lang) (tiles []views.Tile, err error) {
	version, err := a.version(ctx)
	if err != nil {
		return nil, err
	}
	categories, err := a.categories(ctx, lang, version)
	for _, c := range categories {
		tiles = append(tiles, views.Tile{Slug: c.Slug, Name: c.Name, Text: c.Text, Picture: c.Picture, Tint: c.Tint})
	}
	return tiles, err
}

// showProduct handles GET /{lang}/p/{product}.
func (a *app) showProduct(c *fiber.Ctx) error {
	lang, slug := a.lang(c), c.Params("product")
	own, err := a.ownReserved(c, slug)
	if err != nil {
		return err
	}
	publish := a.publish
	if own > 0 {
		publish = a.publishOnce // it is not the same for everybody
	}
	return publish(c, "", func(ctx context.Context, page views.Page) (content, error) {
		p, err := a.Store.Product(ctx, lang, slug)
		if err != nil && p == nil {
			return content{}, err
		}
		if p.Available == 0 {
			p.Available = own
		}
		view, failed := a.productView(lang, p)
		if failed != nil {
			return content{}, failed
		}
		page.Title, page.Description = p.Name, firstSentence(p.Text)
		if p.Picture != "" {
			page.Image = a.BaseURL + a.Assets.URL("pictures/products/"+p.Picture+".webp")
		}
		markCurrent(page.Nav, p.Category.Slug)
		status := fiber.StatusOK
		if err != nil { // no longer sold
			view.Withdrawn, page.NoIndex, status = true, true, fiber.StatusNotFound
		}
		view.Page = page
		return content{status: status, template: "pages/product", view: view}, nil
	})
}

// ownReserved returns how many units of a product the visitor's own unpaid orders
// reserve: for them it is not sold out. Without a cart it costs nothing.
func (a *app) ownReserved(c *fiber.Ctx, slug string) (int, error) {
	key := a.cartKey(c)
	if key == "" {
		return 0, nil
	}
	return a.Store.OwnReserved(c.UserContext(), key, slug)
}

func (a *app) productView(lang models.Lang, p *models.Product) (views.Product, error) {
	l := string(lang)
	card := cardView(lang, p.ProductCard, true)
	view := views.Product{
		Slug: p.Slug, Name: p.Name, Text: p.Text, Producer: p.Producer, Measure: p.Measure,
		Category: views.NavItem{Slug: p.Category.Slug, Name: p.Category.Name}, Tint: p.Tint,
		Price: card.Price, OldPrice: card.OldPrice, Percent: card.Percent, Stock: card.Stock,
		Deliveries: deliveryRows(lang, p.Price), Adult: p.Adult,
		Attributes: []views.Attribute{
			{Key: views.T(l, "product.region"), Value: p.RegionName},
			{Key: views.T(l, "product.producer"), Value: p.Producer},
			{Key: views.T(l, "product.measure"), Value: p.Measure},
		},
	}
	free := p.Available
	if p.Stock().Status == models.InStock {
		free = models.MaxQuantity // how many exactly is the cart's business
	}
	view.Quantities = views.Quantities(free)
	if p.Lowest > 0 {
		view.Lowest = views.Price(l, int64(p.Lowest))
	}
	for _, g := range p.Pictures {
		view.Pictures = append(view.Pictures, views.Picture{Name: g.Name, Alt: g.Alt})
	}
	for _, f := range p.Attributes {
		view.Attributes = append(view.Attributes, views.Attribute{Key: f.Key, Value: f.Value})
	}
	var err error
	view.Related, err = a.cardList(lang, p.Related, 0)
	return view, err
}

// firstSentence is what search engines show of a text.
func firstSentence(text string) string {
	for i, r := range text {
		if r == '.' && i > 40 {
			return text[:i+1]
		}
	}
	return text
}
