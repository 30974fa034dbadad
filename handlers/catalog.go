package handlers

import (
	"context"
	"errors"
	"html/template"
	"net/url"
	"slices"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// showHome handles GET /{lang}.
func (a *app) showHome(c *fiber.Ctx) error {
	lang := a.lang(c)
	return a.publish(c, "", func(ctx context.Context, page views.Page) (content, error) {
		home, err := a.catalog.Home(ctx, lang)
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

func (a *app) homeView(lang models.Lang, home *catalog.Home) (views.Home, error) {
	l := string(lang)
	view := views.Home{FreeFrom: freeFrom(lang)}
	var errs []error
	add := func(g catalog.Group) {
		if len(g.Cards) == 0 {
			return
		}
		cards, err := a.cardList(lang, g.Cards, 0)
		errs = append(errs, err)
		group := views.Group{Key: g.Key, Name: g.Name, Text: g.Text, Cards: cards}
		if g.More {
			group.AllURL = "/" + l + "/all/" + g.Key
		}
		view.Groups = append(view.Groups, group)
		view.Makers = addMaker(view.Makers, l, g.Cards)
	}
	for _, g := range home.Groups {
		add(g)
	}
	for _, g := range []catalog.Group{{Key: catalog.CollectionSale, Cards: home.OnSale}, {Key: catalog.CollectionNew, Cards: home.Newest}} {
		g.Name, g.Text = views.CollectionWords(l, g.Key)
		g.More = true // also what is shown above
		add(g)
	}
	return view, errors.Join(errs...)
}

// homeMakers is how many makers the home page names.
const homeMakers = 10

// addMaker adds those who made the products to a list of makers, each once, as long as
// there is room.
func addMaker(list []views.Maker, lang string, products []catalog.ProductCard) []views.Maker {
	for _, p := range products {
		maker := views.Maker{Name: p.Producer, URL: query{"q=" + url.QueryEscape(p.Producer)}.address("/" + lang + "/search")}
		if len(list) < homeMakers && !slices.Contains(list, maker) {
			list = append(list, maker)
		}
	}
	return list
}

// showCollection handles GET /{lang}/all/{list}.
func (a *app) showCollection(c *fiber.Ctx) error {
	lang, key, n := a.lang(c), c.Params("list"), pageNumber(c.Query("page"))
	address := func(n int) (q query) {
		q.addPage(n)
		return q
	}
	return a.publish(c, address(n).String(), func(ctx context.Context, page views.Page) (content, error) {
		found, err := a.catalog.Collection(ctx, lang, key, n)
		if err != nil {
			return content{}, err
		}
		path := "/" + page.Lang + "/all/" + key
		view := views.Collection{
			Name: found.Name, Text: found.Text, Count: views.Products(page.Lang, found.Total.N, found.Total.More),
			OutOfRange: found.Page > max(found.Pages, 1), FirstURL: path,
			Pager: views.NewPager(page.Lang, found.Page, found.Pages, func(n int) string { return address(n).address(path) }),
		}
		if view.Name == "" {
			view.Name, view.Text = views.CollectionWords(page.Lang, key)
		}
		page.Title, page.Description = view.Name, view.Text
		view.Page = page
		view.Cards, err = a.cardList(lang, found.Cards, eagerCards)
		return content{status: missing(view.OutOfRange), template: "pages/collection", view: view}, err
	})
}

func (a *app) tiles(ctx context.Context, lang models.Lang) (tiles []views.Tile, err error) {
	version, err := a.version(ctx)
	if err != nil {
		return nil, err
	}
	categories, err := a.allCategories(ctx, lang, version)
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
	if err := a.allowCalculator(c); err != nil {
		return err
	}
	publish := a.publish
	if own > 0 {
		publish = a.publishOnce // it is not the same for everybody
	}
	return publish(c, "", func(ctx context.Context, page views.Page) (content, error) {
		p, err := a.catalog.Product(ctx, lang, slug)
		if err != nil && p == nil {
			return content{}, err
		}
		if p.Available == 0 {
			p.Available = own
		}
		view := a.productView(lang, p)
		var failed error
		if view.Loan, failed = a.loanOffer(ctx, lang, models.Tetri(p.Price)); failed != nil {
			return content{}, failed
		}
		if view.Related, failed = a.relatedCards(ctx, lang, p); failed != nil {
			return content{}, failed
		}
		page.Title, page.Description = p.Name, firstSentence(p.Text)
		if p.Picture != "" {
			page.Image = a.BaseURL + views.LargePicture(a.Assets.URL, p.Picture)
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
	inCart, reserved, err := a.Store.CartAndReserved(a.small(c), key, slug)
	if err != nil {
		return 0, err
	}
	c.Locals(countedCart{}, inCart)
	return reserved, nil
}

// countedCart keeps the number of units in the visitor's cart for the rest of the request.
type countedCart struct{}

func (a *app) productView(lang models.Lang, p *catalog.Product) views.Product {
	l := string(lang)
	card := cardView(lang, p.ProductCard, true)
	view := views.Product{
		Slug: p.Slug, Name: p.Name, Text: p.Text, Producer: p.Producer, Measure: p.Measure,
		Category: views.NavItem{Slug: p.Category.Slug, Name: p.Category.Name}, Tint: p.Tint,
		Price: card.Price, OldPrice: card.OldPrice, Percent: card.Percent, Stock: card.Stock,
		Deliveries: a.deliveryRows(lang, p.Price), Adult: p.Adult,
		Attributes: []views.Attribute{
			{Key: views.T(l, "product.region"), Value: p.RegionName},
			{Key: views.T(l, "product.producer"), Value: p.Producer},
			{Key: views.T(l, "product.measure"), Value: p.Measure},
		},
	}
	free := p.Available
	if p.Stock().Status == catalog.InStock {
		free = models.MaxQuantity // how many exactly is the cart's business
	}
	view.Quantities = views.Quantities(free)
	if p.Lowest > 0 {
		view.Lowest = views.Price(l, int64(p.Lowest))
	}
	for i, g := range p.Pictures {
		picture := views.Picture{Name: g.Name, Alt: g.Alt, Number: i + 1}
		if n := len(p.Pictures); n > 1 {
			picture.Next = (i+1)%n + 1
		}
		view.Pictures = append(view.Pictures, picture)
	}
	if len(p.Pictures) == 0 {
		view.Pictures = []views.Picture{{Number: 1}} // a sign stands in for it
	}
	for _, f := range p.Attributes {
		view.Attributes = append(view.Attributes, views.Attribute{Key: f.Key, Value: f.Value})
	}
	if len(p.Allergens) > 0 {
		view.Attributes = append(view.Attributes, views.Attribute{Key: views.T(l, "product.allergens"), Value: views.Allergens(l, p.Allergens)})
	}
	view.NoReturn = views.NoReturn(l, string(p.Returns))
	return view
}

type relatedKey struct {
	lang     models.Lang
	version  int64
	category int64
	region   string
}

// relatedCards renders the cards of what can be bought instead of p. Products of the same
// category and region have nearly the same ones.
func (a *app) relatedCards(ctx context.Context, lang models.Lang, p *catalog.Product) ([]template.HTML, error) {
	version, err := a.version(ctx)
	if err != nil {
		return nil, err
	}
	related, err := a.related.Get(relatedKey{lang, version, p.Category.ID, p.Region}, func() ([]catalog.ProductCard, int, error) {
		list, err := a.catalog.Related(a.Store.SmallRead(ctx), lang, p.Category.ID, p.Region)
		return list, cardBytes * len(list), err
	})
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(slices.Clone(related), func(card catalog.ProductCard) bool { return card.ID == p.ID })
	return a.cardList(lang, others[:min(catalog.RelatedCards, len(others))], 0)
}

// cardBytes is about what a product's card takes before it is rendered.
const cardBytes = 512

// firstSentence is what search engines show of a text.
func firstSentence(text string) string {
	for i, r := range text {
		if r == '.' && i > 40 {
			return text[:i+1]
		}
	}
	return text
}
