"""Buttons and scroll bars without gradients and bevels, on top of Qt's style Fusion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionComplex,
    QStyleOptionSlider,
)

from desktop.widgets import colours

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

BASE = "fusion"
"""The only style of Qt that looks alike, and takes a palette, on every system."""

ROUNDING = 6
FOCUS_WIDTH = 2
HOVERED, PRESSED = 0.06, 0.14
"""How much of the text's colour a button takes on."""

SHORTEST_HANDLE = 32
HANDLE_INSET = 3
"""In pixels, of a scroll bar."""

Control, Part = QStyle.ComplexControl, QStyle.SubControl
Primitive = QStyle.PrimitiveElement
State = QStyle.StateFlag


class FlatStyle(QProxyStyle):
    """Draws buttons as areas, scroll bars as a handle alone, and the keyboard focus as a line in the accent colour."""

    def __init__(self) -> None:
        super().__init__(BASE)

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        """Draw the area of a button or the mark of the focus; leave everything else to Fusion."""
        match element:
            case Primitive.PE_PanelButtonCommand:
                _draw_button(option, painter)
            case Primitive.PE_PanelButtonTool:
                _draw_area(option, painter, QColor(Qt.GlobalColor.transparent))
            case Primitive.PE_FrameFocusRect:
                _draw_focus(option, painter)
            case _:
                super().drawPrimitive(element, option, painter, widget)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the handle of a scroll bar, and nothing else of it; leave everything else to Fusion."""
        if control is not Control.CC_ScrollBar:
            super().drawComplexControl(control, option, painter, widget)
            return
        handle = QRectF(self.subControlRect(control, option, Part.SC_ScrollBarSlider, widget))
        is_used = bool(option.activeSubControls & Part.SC_ScrollBarSlider)
        colour = colours.mix(colours.edge(option.palette), colours.quiet(option.palette), 0.6 if is_used else 0.3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(option.rect, option.palette.window())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        handle.adjust(HANDLE_INSET, HANDLE_INSET, -HANDLE_INSET, -HANDLE_INSET)
        rounding = min(handle.width(), handle.height()) / 2
        painter.drawRoundedRect(handle, rounding, rounding)
        painter.restore()

    def subControlRect(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        part: QStyle.SubControl,
        widget: QWidget | None = None,
    ) -> QRect:
        """Return where the parts of a scroll bar are. It has no arrows."""
        if control is not Control.CC_ScrollBar or not isinstance(option, QStyleOptionSlider):
            return super().subControlRect(control, option, part, widget)  # type: ignore[arg-type] # None is allowed
        return _scroll_bar_part(option, part)


def _scroll_bar_part(option: QStyleOptionSlider, part: QStyle.SubControl) -> QRect:
    bar, is_horizontal = option.rect, option.orientation is Qt.Orientation.Horizontal
    room = bar.width() if is_horizontal else bar.height()
    total = option.maximum - option.minimum + option.pageStep
    length = min(room, max(SHORTEST_HANDLE, room * option.pageStep // max(1, total)))
    start = QStyle.sliderPositionFromValue(
        option.minimum, option.maximum, option.sliderPosition, room - length, option.upsideDown
    )
    match part:
        case Part.SC_ScrollBarGroove:
            first, last = 0, room
        case Part.SC_ScrollBarSlider:
            first, last = start, start + length
        case Part.SC_ScrollBarSubPage:
            first, last = 0, start
        case Part.SC_ScrollBarAddPage:
            first, last = start + length, room
        case _:
            return QRect()
    if is_horizontal:
        return QRect(bar.left() + first, bar.top(), last - first, bar.height())
    return QRect(bar.left(), bar.top() + first, bar.width(), last - first)


def _draw_button(option: QStyleOption, painter: QPainter) -> None:
    is_default = (
        isinstance(option, QStyleOptionButton)
        and option.features & QStyleOptionButton.ButtonFeature.DefaultButton  # the one that Enter presses
    )
    _draw_area(option, painter, option.palette.color(QPalette.ColorRole.Button))
    if is_default and option.state & State.State_Enabled:
        _draw_line(option, painter, 1)


def _draw_area(option: QStyleOption, painter: QPainter, ground: QColor) -> None:
    text = option.palette.color(QPalette.ColorRole.ButtonText)
    is_pressed = bool(option.state & (State.State_Sunken | State.State_On))
    is_hovered = bool(option.state & State.State_MouseOver and option.state & State.State_Enabled)
    share = PRESSED if is_pressed else HOVERED if is_hovered else 0
    if ground.alpha():
        colour = colours.mix(ground, text, share)
    else:
        colour = QColor(text)
        colour.setAlphaF(share)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(option.rect), ROUNDING, ROUNDING)
    painter.restore()
    if option.state & State.State_HasFocus:
        _draw_focus(option, painter)


def _draw_focus(option: QStyleOption, painter: QPainter) -> None:
    if option.state & State.State_KeyboardFocusChange:
        _draw_line(option, painter, FOCUS_WIDTH)


def _draw_line(option: QStyleOption, painter: QPainter, width: int) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colours.accent(option.palette), width))
    inset = width / 2
    painter.drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), ROUNDING, ROUNDING)
    painter.restore()
