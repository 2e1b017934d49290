"""What people type about people: texts are kept as typed, and what a service refuses is said at its field.

It knows which choices make sense to offer; whether they are allowed is said by `ministries.services`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ministries.models import Organisation, Role, User
from ministries.permissions import MINISTRY_ROLES, SECRETARIAT_ROLES
from ministries.services import Refused
from reports import typed
from reports.fields import NamesSelect

Choices = list[tuple[str, str]]


def name_of(organisation: Organisation) -> str:
    """The short name of today in the page's language; names are prefetched."""
    name = organisation.name_on()
    in_chinese = (get_language() or "zh").startswith("zh")
    return name.short_zh if in_chinese else name.short_en or name.short_zh


class DayField(forms.Field):
    """A day in either calendar; the text stays as it was typed."""

    def to_python(self, value: Any) -> date | None:
        try:
            return typed.day(str(value or ""))
        except typed.NotUnderstood as why:
            raise ValidationError(str(why)) from why


class PeopleForm(forms.Form):
    """Takes over what a service refused: at the field where it has one, above the form where it has none."""

    use_required_attribute = False

    def take(self, refused: Refused) -> None:
        for name, message in refused.errors.items():
            self.add_error(name if name in self.fields else None, message)
        if not refused.errors:
            self.add_error(None, refused.message)


def _people(people: Iterable[User]) -> Choices:
    return [("", _("請選擇")), *((str(each.pk), f"{each.name}（{each.email}）") for each in people)]


def _roles(organisations: Iterable[Organisation]) -> list[Any]:
    """The roles that exist in one of the organisations; under headings where there are ministries and secretariat."""
    groups = [
        (str(_("部會角色")), [(role.value, str(role.label)) for role in MINISTRY_ROLES], False),
        (str(_("執行秘書室角色")), [(role.value, str(role.label)) for role in SECRETARIAT_ROLES], True),
    ]
    kinds = {each.is_secretariat for each in organisations}
    offered = [(heading, roles) for heading, roles, is_secretariats in groups if is_secretariats in kinds]
    nothing = ("", _("請選擇"))
    return [nothing, *offered] if len(offered) > 1 else [nothing, *(offered[0][1] if offered else [])]


class _WithOrganisation(PeopleForm):
    """Asks for the organisation only where there is a choice."""

    def __init__(self, *args: Any, organisations: Iterable[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisations = list(organisations)
        if len(self.organisations) > 1:
            offered = [("", _("請選擇")), *((each.code, name_of(each)) for each in self.organisations)]
            self.fields["organisation"].choices = offered  # type: ignore[attr-defined]
        else:
            del self.fields["organisation"]

    @property
    def place(self) -> Organisation:
        """The organisation that was chosen, or the only one there is to choose."""
        code = self.cleaned_data.get("organisation")
        return next((each for each in self.organisations if each.code == code), self.organisations[0])


class InvitationForm(_WithOrganisation):
    email = forms.CharField(
        label=gettext_lazy("電子郵件"),
        help_text=gettext_lazy("公務電子郵件；邀請信寄至此處，日後以此登入。"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("姓名"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    organisation = forms.ChoiceField(label=gettext_lazy("機關"))
    role = forms.ChoiceField(label=gettext_lazy("角色"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = _roles(self.organisations)  # type: ignore[attr-defined]


class RoleForm(_WithOrganisation):
    organisation = forms.ChoiceField(label=gettext_lazy("機關"))
    role = forms.ChoiceField(label=gettext_lazy("角色"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = _roles(self.organisations)  # type: ignore[attr-defined]


class DeputyForm(_WithOrganisation):
    deputy = forms.ChoiceField(label=gettext_lazy("代理人"), widget=NamesSelect)
    organisation = forms.ChoiceField(label=gettext_lazy("機關"))
    from_day = DayField(
        label=gettext_lazy("起日"), help_text=gettext_lazy("民國 113/01/05 或西元 2024-01-05")
    )
    until_day = DayField(label=gettext_lazy("迄日"), help_text=gettext_lazy("含當日"))

    def __init__(self, *args: Any, colleagues: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"].choices = _people(colleagues)  # type: ignore[attr-defined]
        for name in ("from_day", "until_day"):
            self.fields[name].widget.attrs.update(autocomplete="off", maxlength="40")


class HandOverForm(_WithOrganisation):
    successor = forms.ChoiceField(label=gettext_lazy("接辦人"), widget=NamesSelect)
    organisation = forms.ChoiceField(label=gettext_lazy("機關"))

    def __init__(self, *args: Any, colleagues: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].choices = _people(colleagues)  # type: ignore[attr-defined]


def role_of(form: forms.Form) -> Role:
    return Role(form.cleaned_data["role"])
