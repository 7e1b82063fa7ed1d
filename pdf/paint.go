package pdf

import "github.com/resident-graph/resident-graph/pdf/file"

// Greys. The lightest text has a contrast above 7:1 on white (WCAG 2.2, AAA).
const (
	black    = 0.1
	muted    = 0.3
	ruled    = 0.75
	shaded   = 0.94
	hairline = 0.5
)

func (l *layout) numbers(values ...float64) {
	for _, v := range values {
		l.content = append(file.AppendNumber(l.content, v), ' ')
	}
}

func (l *layout) grey(level float64) {
	l.numbers(level)
	l.content = append(l.content, "g\n"...)
}

// rule draws a thin line across a at y.
func (l *layout) rule(a area, y float64) {
	l.numbers(ruled)
	l.content = append(l.content, "G "...)
	l.numbers(hairline)
	l.content = append(l.content, "w "...)
	l.numbers(a.left, y)
	l.content = append(l.content, "m "...)
	l.numbers(a.left+a.width, y)
	l.content = append(l.content, "l S\n"...)
}

// shade fills a from y down.
func (l *layout) shade(a area, y, height float64) {
	l.grey(shaded)
	l.numbers(a.left, y-height, a.width, height)
	l.content = append(l.content, "re f\n"...)
	l.grey(black)
}

// frame draws a rectangle with round corners from y down.
func (l *layout) frame(a area, y, height, radius float64) {
	const curve = 0.5523 // how far control points lie so that a cubic curve is a quarter of a circle
	x0, x1, y0, y1, r, k := a.left, a.left+a.width, y-height, y, radius, radius*(1-curve)
	l.numbers(ruled)
	l.content = append(l.content, "G "...)
	l.numbers(2 * hairline)
	l.content = append(l.content, "w "...)
	step := func(operator string, values ...float64) {
		l.numbers(values...)
		l.content = append(append(l.content, operator...), '\n')
	}
	step("m", x0+r, y0)
	step("l", x1-r, y0)
	step("c", x1-k, y0, x1, y0+k, x1, y0+r)
	step("l", x1, y1-r)
	step("c", x1, y1-k, x1-k, y1, x1-r, y1)
	step("l", x0+r, y1)
	step("c", x0+k, y1, x0, y1-k, x0, y1-r)
	step("l", x0, y0+r)
	step("c", x0, y0+k, x0+k, y0, x0+r, y0)
	step("s")
}
