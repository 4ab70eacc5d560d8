from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("report/", views.ReportView.as_view(), name="create"),
    path("reports/<uuid:report_key>/", views.ReportDetailView.as_view(), name="detail"),
    path("reports/<uuid:report_key>/appeal/", views.AppealView.as_view(), name="appeal"),
]
