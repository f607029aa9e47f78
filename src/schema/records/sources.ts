/**
 * Every table of the five source documents with its columns, as they name them. Source 001 elides columns, and says of its
 * last five tables only what they are for; source 002 names 26 tables besides users.
 */
export const SOURCE_TABLES: Readonly<Record<string, string>> = {
  '000:chat_messages': 'id sos_id sender_id content is_read created_at',
  '000:professional_documents': 'id professional_id document_type document_url uploaded_at',
  '000:professionals':
    'user_id license_number specialization hospital_affiliation verified available verified_at verified_by created_at updated_at',
  '000:refresh_tokens': 'id user_id token_hash expires_at revoked created_at',
  '000:sos_cancellations': 'id sos_id volunteer_id reason created_at',
  '000:sos_feedback': 'id sos_id volunteer_id rating comment created_at',
  '000:sos_rejections': 'id sos_id volunteer_id created_at',
  '000:sos_requests':
    'id user_id emergency_type priority location description status accepted_by created_at accepted_at resolved_at',
  '000:suspicious_activities': 'id user_id activity_type details ip_address created_at',
  '000:user_locations': 'user_id location accuracy_meters updated_at',
  '000:user_profiles': 'user_id name phone address photo_url preferences created_at updated_at',
  '000:users': 'id email password_hash role is_active created_at updated_at',
  '000:volunteer_documents': 'id volunteer_id document_type document_url uploaded_at',
  '000:volunteers':
    'user_id skills certifications verified available average_rating cancellation_count verified_at verified_by created_at updated_at',
  '001:appointments':
    'id patient_id doctor_id appointment_date appointment_time type status pre_authorization',
  '001:audit_log': '',
  '001:medical_records': '',
  '001:messages': '',
  '001:notifications': '',
  '001:patients':
    'id user_id blood_type allergies conditions insurance_provider insurance_member_id date_of_birth gender address',
  '001:prescriptions': 'id patient_id doctor_id medication dosage frequency status pharmacy_id',
  '001:sessions': '',
  '001:users': 'id email password role name specialization phone created_at updated_at last_login is_active',
  '001:vital_signs':
    'id patient_id heart_rate blood_pressure temperature oxygen_saturation recorded_at device_source',
  '002:Activities': 'id routineId name description duration order createdAt updatedAt',
  '002:Alerts': 'id userId type severity title message isResolved resolvedAt notified createdAt updatedAt',
  '002:CalendarEvents':
    'id calendarId userId title description startTime endTime isAllDay location category status recurrenceRule recurrenceException parentEventId color createdAt updatedAt',
  '002:Calendars': 'id userId name color description isDefault isVisible createdAt updatedAt',
  '002:DailyScores':
    'id userId date overallScore exerciseScore nutritionScore sleepScore medicationScore vitalsScore notes createdAt updatedAt',
  '002:DeviceConnections':
    'id userId deviceType deviceName accessToken refreshToken tokenExpiry isActive lastSyncAt syncFrequency settings createdAt updatedAt',
  '002:DeviceSyncLogs':
    'id deviceConnectionId syncStartedAt syncCompletedAt status recordsSynced errorMessage createdAt',
  '002:EventTemplates': 'id userId name description category duration color isActive createdAt updatedAt',
  '002:ExerciseLogs':
    'id userId exerciseId prescriptionId duration distance calories avgHeartRate maxHeartRate intensity completedAt notes createdAt updatedAt',
  '002:ExercisePrescriptions':
    'id patientId exerciseId sets reps duration frequency intensity startDate endDate status notes createdAt updatedAt',
  '002:Exercises':
    'id name category description instructions videoUrl imageUrl difficulty targetMuscles equipment isActive createdAt updatedAt',
  '002:FoodCategories': 'id name description createdAt updatedAt',
  '002:FoodItems':
    'id categoryId name servingSize calories protein carbs fat fiber sodium healthRating notes createdAt updatedAt',
  '002:HydrationLogs': 'id userId logDate amountOz goalOz notes createdAt updatedAt',
  '002:MealEntries':
    'id userId mealType mealTime totalCalories totalProtein totalCarbs totalFat notes createdAt updatedAt',
  '002:MealItemEntries':
    'id mealEntryId foodItemId quantity customFoodName customCalories createdAt updatedAt',
  '002:MedicationLogs': 'id medicationId userId takenAt dosageTaken notes createdAt updatedAt',
  '002:Medications':
    'id userId name dosage frequency timeOfDay startDate endDate prescribedBy purpose sideEffects instructions isActive createdAt updatedAt',
  '002:Patients':
    'id therapistId userId firstName lastName name dateOfBirth gender age email primaryPhone primaryPhoneType alternatePhone preferredContactMethod bestTimeToContact streetAddress city state postalCode country emergencyContact1Name emergencyContact1Relationship emergencyContact1Phone emergencyContact2Name emergencyContact2Phone surgeryDate postOpWeek surgeryType dischargeSummary medicationAllergies otherAllergies chronicConditions smokingStatus alcoholUse occupation education livingSituation primaryCaregiver insuranceProvider insurancePolicyNumber insuranceGroupNumber preferredPharmacy pharmacyPhone currentStage targetHeartRate maxHeartRate restingHeartRate bloodPressureGoal weightGoal notes isActive createdAt updatedAt',
  '002:PhysicalTherapyPhases': 'id name weekStart weekEnd description goals restrictions createdAt updatedAt',
  '002:Providers': 'id userId name specialty phone email address notes nextAppointment createdAt updatedAt',
  '002:SleepLogs':
    'id userId sleepDate bedtime wakeTime totalHours quality interruptions notes createdAt updatedAt',
  '002:TherapyGoals': 'id userId title description category targetDate progress status createdAt updatedAt',
  '002:TherapyRoutines': 'id phaseId name description frequency createdAt updatedAt',
  '002:Users':
    'id email password name phoneNumber emergencyContact emergencyPhone doctorName doctorPhone profilePhoto timezone role createdAt updatedAt',
  '002:VitalsSamples':
    'id userId systolicBP diastolicBP heartRate weight oxygenSaturation temperature recordedAt notes createdAt updatedAt',
  '003:balance_transactions':
    'id userId transactionId type amount currency description balanceBefore balanceAfter createdAt',
  '003:blood_requests':
    'id userId patientName bloodType unitsNeeded urgency hospitalId contactPhone location medicalCondition requiredBy status notes createdAt updatedAt',
  '003:booking_notifications': 'id userId bookingId type title message isRead createdAt',
  '003:booking_status_history': 'id bookingId oldStatus newStatus changedBy reason notes changedAt',
  '003:bookings':
    'id userId hospitalId resourceType patientName patientAge patientGender medicalCondition urgency emergencyContactName emergencyContactPhone emergencyContactRelationship scheduledDate estimatedDuration status approvedBy approvedAt authorityNotes declineReason bookingReference createdAt updatedAt',
  '003:hospital_pricing':
    'id hospitalId resourceType basePrice currency pricePerHour pricePerDay emergencyMultiplier effectiveFrom effectiveTo isActive createdAt updatedAt',
  '003:hospital_resources':
    'id hospitalId resourceType total available occupied reserved maintenance lastUpdated updatedBy',
  '003:hospitals':
    'id name address phone email website description specialties facilities status approvedBy approvedAt rejectionReason operatingHours emergencyContact licenseNumber createdAt updatedAt',
  '003:migrations': 'id filename executed_at',
  '003:payment_config': 'id gateway isActive config createdAt updatedAt',
  '003:resource_audit_log':
    'id hospitalId resourceType action oldValues newValues changedBy reason ipAddress userAgent createdAt',
  '003:transactions':
    'id bookingId userId hospitalId amount currency paymentMethod paymentGateway gatewayTransactionId status failureReason refundAmount refundedAt platformFee hospitalShare createdAt updatedAt',
  '003:user_balance': 'id userId balance currency lastUpdated',
  '003:users':
    'id name email password phone role hospitalId status emailVerified phoneVerified lastLogin createdAt updatedAt',
  '004:appointments':
    'id patient_id doctor_id date_time duration type status reason notes is_active created_at updated_at created_by',
  '004:doctor_schedules':
    'id doctor_id day_of_week start_time end_time break_start break_end is_available created_at updated_at',
  '004:patients':
    'id first_name last_name date_of_birth gender phone email address city state zip_code insurance policy_number emergency_contact_name emergency_contact_phone emergency_contact_relationship medical_history allergies medications is_active created_at updated_at created_by',
  '004:schema_migrations': 'version applied_at',
  '004:users': 'id email password_hash first_name last_name role is_active created_at updated_at',
};

/** What of them is held by tables that are no records: by our table. */
export const HELD_ELSEWHERE: Readonly<Record<string, string>> = {
  '000:users': 'accounts.users, with accounts.user_grants for the role',
  '000:user_profiles': 'accounts.user_profiles, with accounts.emergency_contacts',
  '000:volunteers': 'accounts.volunteers, with accounts.certifications',
  '000:professionals': 'accounts.professionals',
  '000:user_locations': 'telemetry.user_locations',
  '000:sos_requests': 'dispatch.sos_requests',
  '000:chat_messages': 'dispatch.chat_messages, with dispatch.chat_reads',
  '000:sos_feedback': 'dispatch.sos_feedback',
  '000:sos_rejections': 'dispatch.sos_rejections',
  '000:sos_cancellations': 'dispatch.sos_cancellations',
  '000:volunteer_documents': 'accounts.volunteer_documents',
  '000:professional_documents': 'accounts.professional_documents',
  '000:refresh_tokens': 'accounts.refresh_tokens',
  '000:suspicious_activities': 'accounts.suspicious_activities',
  '001:users': 'accounts.users, with accounts.user_profiles and accounts.professionals',
  '001:vital_signs': 'telemetry.vitals_samples and telemetry.vitals_records',
  '001:sessions': 'accounts.sessions',
  '001:audit_log': 'accounts.audit_log',
  '001:notifications': 'care.notifications, with journal.deliveries for what goes out',
  '003:booking_notifications': 'care.notifications, kinds booking_*; the booking is in about_id',
  '002:Users': 'accounts.users, with accounts.user_profiles and accounts.emergency_contacts',
  '002:VitalsSamples': 'telemetry.vitals_samples and telemetry.vitals_records',
  '002:Alerts': 'telemetry.alerts',
  '002:DeviceConnections': 'telemetry.device_connections',
  '002:DeviceSyncLogs': 'telemetry.device_sync_logs',
  '003:users': 'accounts.users, with accounts.user_grants and their scope',
  '003:migrations': 'public.muster_migrations',
  '004:users': 'accounts.users, with accounts.user_profiles and accounts.user_grants',
  '004:schema_migrations': 'public.muster_migrations',
};

/** What no table holds yet: by the table that will. */
export const PENDING: Readonly<Record<string, string>> = {};

/** What the sources leave open or get wrong in tables that are held here, and how it is here instead. */
export const MENDED: Readonly<Record<string, string>> = {
  '001:messages':
    'its columns are ours: a message is between a patient and somebody who cares for them, stands in the thread of what it answers, and is said to be read by whom it is for',
  '002:Activities': 'the order of what is in a routine has a number always, 0 when nobody says one',
  '002:CalendarEvents':
    'it says who sees it, as the procedure for backfills has it: entered by somebody else, shared with those who treat a patient, or its person’s alone; an event is in a calendar of its own person; it does not end before it begins; its rule is checked by the grammar of RFC 5545, and days on which it does not happen are a list; what names a parent names one of the same person that comes again, and does not come again itself',
  '002:Calendars': 'a person has one default calendar at most; colors have one form',
  '002:DailyScores': 'a person has one score of a day; every score is from 0 to 100',
  '002:EventTemplates':
    'templates of the system are a catalogue, `recovery.shared_event_templates`: a row without a user is for everybody, and not one that nobody may see',
  '002:ExerciseLogs':
    'distances are in metres; a prescription is one of the same person; the highest pulse is not below the average',
  '002:ExercisePrescriptions': 'it has a status always, which ends; it does not end before it begins',
  '002:MealEntries':
    'totals are worked out by the database from the items and their foods, also when a food is corrected; nobody writes them',
  '002:MealItemEntries':
    'an item has a person, the one of its meal; it is a food of the catalogue or a food that is named, never both or neither; a quantity is above 0, and 1 when nobody says; `customCalories` are those of one serving, as those of a food',
  '002:PhysicalTherapyPhases': 'a phase does not end before it begins',
  '002:TherapyGoals': 'progress and status are there always, from 0 and from pending on',
  '003:bookings':
    'what is approved takes one of what is free in the same transaction, and is refused when nothing is; two approved ones of one patient for the same thing never overlap; a hospital takes them when it was approved; only its authority approves, declines with a reason and completes, along declared steps; a reference is random and always there, instead of counting and missing in old rows',
  '003:booking_status_history': 'the database writes it, whoever changes the status, and nobody else can',
  '003:blood_requests': 'bags are counted from 1; its status ends',
  '003:transactions':
    'a payment is of the person and the hospital of its booking; fee and share come to the amount; what was paid stays as it was and a refund is not above it; one of a gateway is there once',
  '003:user_balance':
    'the balance is what the transactions come to, kept by them, never below 0; nobody writes it',
  '003:balance_transactions':
    'balances before and after are worked out under the lock of the wallet, and always there; a payment is one of the same person; a row stays as it was',
  '003:hospitals':
    'who approved it and when is written by the database and not said; only administrators say where its approval stands, along declared steps; what is rejected says why; it has a place; lists are lists, and hours are spans of days, not JSON in a text; a licence is of one hospital',
  '003:hospital_resources':
    'what is free is worked out: it is always what is left of the total, and never less than 0',
  '003:resource_audit_log':
    'the database writes it, whoever changes the numbers, and nobody else can; the numbers are columns',
  '003:hospital_pricing':
    'prices of one thing in one hospital never overlap in time, instead of not beginning at the same second; amounts are not negative and have a currency of three letters; what is over is no longer active by itself',
  '003:payment_config':
    'what opens a gateway is not kept in a table: it names the setting that holds it; a gateway is there once for each mode, and one that moves money names its secret',
  '004:appointments':
    'its flow draws cancelled on to no-show: whoever was told that nobody comes is not missed, so both end an appointment, and no-show comes from scheduled and confirmed; times do not overlap for one professional',
  '004:doctor_schedules':
    'a professional may have several spans of one day, which never overlap; a break has both ends, inside its hours; whether they see people then is said always',
};
