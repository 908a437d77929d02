"""Addresses of people, rights, the company's settings and one's own page."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants import list_urls
from tenants.views import (
    days,
    hours,
    invitations,
    people,
    profile,
    rates,
    roles,
    rota,
    settings_pages,
    structure,
)

app_name = "tenants"
urlpatterns: list[URLPattern] = [
    path("settings/", settings_pages.index, name="settings"),
    path("settings/company/", settings_pages.company, name="company"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.invite, name="invite"),
    path("settings/people/<uuid:pk>/", people.member, name="member"),
    path("settings/people/<uuid:pk>/dismiss/", people.dismiss, name="member_dismiss"),
    path("settings/people/<uuid:pk>/hand-over/", people.hand_over, name="member_handover"),
    path("settings/people/handovers/<uuid:pk>/", people.handover_run, name="handover_run"),
    path("settings/people/<uuid:pk>/rehire/", people.rehire, name="member_rehire"),
    path("settings/invitations/<uuid:pk>/renew/", people.invitation_renew, name="invitation_renew"),
    path("settings/invitations/<uuid:pk>/withdraw/", people.invitation_withdraw, name="invitation_withdraw"),
    path("settings/roles/", roles.roles, name="roles"),
    path("settings/roles/new/", roles.create, name="role_create"),
    path("settings/roles/<uuid:pk>/", roles.role, name="role"),
    path("settings/roles/<uuid:pk>/delete/", roles.delete, name="role_delete"),
    path("settings/departments/", structure.departments, name="departments"),
    path("settings/departments/new/", structure.department_create, name="department_create"),
    path("settings/departments/<uuid:pk>/", structure.department, name="department"),
    path("settings/departments/<uuid:pk>/delete/", structure.department_delete, name="department_delete"),
    path("settings/offices/new/", structure.office_create, name="office_create"),
    path("settings/offices/<uuid:pk>/", structure.office, name="office"),
    path("settings/offices/<uuid:pk>/delete/", structure.office_delete, name="office_delete"),
    path("settings/hours/", hours.hours, name="hours"),
    path("settings/hours/company/", hours.hours_company, name="hours_company"),
    path("settings/hours/departments/<uuid:pk>/", hours.hours_department, name="hours_department"),
    path("settings/hours/people/<uuid:pk>/", hours.hours_member, name="hours_member"),
    path("settings/hours/holidays/", days.holidays, name="holidays"),
    path("settings/hours/holidays/fill/", days.holidays_fill, name="holidays_fill"),
    path("settings/hours/holidays/new/", days.holiday_create, name="holiday_create"),
    path("settings/hours/holidays/<uuid:pk>/", days.holiday, name="holiday"),
    path("settings/hours/holidays/<uuid:pk>/delete/", days.holiday_delete, name="holiday_delete"),
    path("settings/hours/absences/", days.absences, name="absences"),
    path("settings/hours/absences/new/", days.absence_create, name="absence_create"),
    path("settings/hours/absences/<uuid:pk>/", days.absence, name="absence"),
    path("settings/hours/absences/<uuid:pk>/delete/", days.absence_delete, name="absence_delete"),
    path("settings/hours/rota/", rota.rota, name="rota"),
    path("settings/hours/rota/copy/", rota.rota_copy, name="rota_copy"),
    path("settings/hours/rota/<uuid:pk>/", rota.rota_day, name="rota_day"),
    path("settings/rates/", rates.index, name="rates"),
    path("settings/rates/new/", rates.create, name="rate_create"),
    path("settings/rates/follow/", rates.follow, name="rates_follow"),
    path("settings/rates/<uuid:pk>/delete/", rates.delete, name="rate_delete"),
    path("profile/", profile.profile, name="profile"),
    path("company/<slug:slug>/switch/", profile.switch, name="switch"),
    path("invitations/<str:token>/", invitations.accept, name="invitation"),
    *list_urls.urlpatterns,
]
