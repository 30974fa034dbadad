package admin

import (
	"errors"
	"io"
	"slices"
	"strconv"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/pictures"
	"dukani/views"
)

// pictureErrors are the words for why a file is refused.
var pictureErrors = map[error]string{
	pictures.ErrFormat: "picture.format",
	pictures.ErrBroken: "picture.broken",
	pictures.ErrBytes:  "picture.bytes",
	pictures.ErrPixels: "picture.pixels",
	pictures.ErrSmall:  "picture.small",
}

// addPicture handles POST /admin/products/{product}/pictures: a file that is uploaded.
func (a *app) addPicture(v visit) error {
	slug := v.param("product")
	form, err := v.form("alt_ka", "alt_en", "version")
	if err != nil {
		return err
	}
	form.Names = []string{"file", "alt_ka", "alt_en"}
	version, _ := strconv.Atoi(form.Value("version")) // no version is an old one
	picture, err := v.uploadedPicture()
	if err == nil {
		err = a.Catalog.AddPicture(v.UserContext(), v.by(), slug, version, *picture,
			map[models.Lang]string{models.Ka: form.Value("alt_ka"), models.En: form.Value("alt_en")})
	}
	if err == nil {
		return v.done("/products/"+slug+"#pictures", "admin.pictures.added")
	}
	return a.picturesRefused(v, slug, form, err)
}

// picturesRefused shows the page of the product with what is wrong with its pictures.
func (a *app) picturesRefused(v visit, slug string, form views.Form, err error) error {
	if e, ok := errors.AsType[*models.Error](err); ok && e.Fields["picture"] != "" {
		e.Fields["file"] = e.Fields["picture"]
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	e, err := a.Catalog.Edited(v.UserContext(), slug)
	if err != nil {
		return err
	}
	stored := v.picturesForm(e)
	for name, value := range stored.Values {
		if _, typed := form.Values[name]; !typed {
			form.Values[name] = value
		}
	}
	return a.productPage(v, e, v.formOfProduct(e), nil, form)
}

// uploadedPicture reads the file of the form. What it is called and what its sender says it
// is do not count.
func (v visit) uploadedPicture() (*catalog.StoredPicture, error) {
	refused := func(key string, cause error) error {
		return &models.Error{Kind: models.Invalid, Code: models.CodePictureUnreadable, Fields: map[string]string{"file": key}, Err: cause}
	}
	header, err := v.FormFile("file")
	if err != nil || header.Size == 0 {
		return nil, refused("picture.missing", err)
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, pictures.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	p, err := pictures.Read(content)
	for cause, key := range pictureErrors {
		if errors.Is(err, cause) {
			return nil, refused(key, err)
		}
	}
	if err != nil {
		return nil, err
	}
	return &catalog.StoredPicture{
		Name: views.UploadedName(p.Name), ContentType: p.ContentType, Width: p.Width, Height: p.Height, Large: p.Large, Small: p.Small,
	}, nil
}

// savePictures handles POST /admin/products/{product}/pictures/save: descriptions, and with
// the button of a picture its place or its end.
func (a *app) savePictures(v visit) error {
	slug := v.param("product")
	names, err := v.values("picture")
	if err != nil {
		return err
	}
	fields := []string{"version", "up", "remove"}
	for i := range min(len(names), catalog.MaxPictures) {
		fields = append(fields, views.AltName("ka", i), views.AltName("en", i))
	}
	form, err := v.form(fields...)
	if err != nil {
		return err
	}
	list := []catalog.PictureData{}
	for i := range min(len(names), catalog.MaxPictures) {
		list = append(list, catalog.PictureData{Name: names[i], Alt: map[models.Lang]string{
			models.Ka: form.Value(views.AltName("ka", i)), models.En: form.Value(views.AltName("en", i)),
		}})
	}
	if i, err := strconv.Atoi(form.Value("remove")); err == nil && i >= 0 && i < len(list) {
		list = slices.Delete(list, i, i+1)
	} else if i, err := strconv.Atoi(form.Value("up")); err == nil && i > 0 && i < len(list) {
		list[i-1], list[i] = list[i], list[i-1]
	}
	version, _ := strconv.Atoi(form.Value("version")) // no version is an old one
	if err := a.Catalog.SavePictures(v.UserContext(), v.by(), slug, version, list); err != nil {
		return a.picturesRefused(v, slug, form, err)
	}
	return v.done("/products/"+slug+"#pictures", "admin.saved")
}

// picturesForm is the form of a product's pictures as they are stored.
func (v visit) picturesForm(e *catalog.Edited) views.Form {
	form := v.emptyForm()
	for i, g := range e.Data.Pictures {
		for _, lang := range languages {
			form.Values[views.AltName(string(lang), i)] = g.Alt[lang]
		}
	}
	return form
}

func (v visit) productPictures(e *catalog.Edited, form views.Form) views.AdminPictures {
	view := views.AdminPictures{Form: form, Full: len(e.Data.Pictures) >= catalog.MaxPictures}
	for i, g := range e.Data.Pictures {
		view.Rows = append(view.Rows, views.AdminPicture{
			Name: g.Name, Tint: e.Data.Tint, Number: i, First: i == 0,
		})
	}
	return view
}
